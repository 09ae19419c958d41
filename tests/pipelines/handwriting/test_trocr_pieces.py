"""The vocabularies of TrOCR: what comes in goes out, and the numbers are fairseq's."""

from __future__ import annotations

import json

import pytest
import sentencepiece

from dltasks.tasks.handwriting.trocr_vocabulary import make_tokenizer
from pipelines.errors import BundleError
from pipelines.handwriting.trocr_pieces import UNKNOWN, BytePieces, SentencePieces
from tests.marian_stand_in import learn_side
from tests.trocr_stand_in import TEXTS, learn_bytes, learn_sentencepiece


@pytest.fixture(scope="module")
def in_bytes(tmp_path_factory: pytest.TempPathFactory) -> BytePieces:
    folder = tmp_path_factory.mktemp("bytes")
    vocabulary, merges = learn_bytes()
    (folder / "vocab.json").write_text(json.dumps(vocabulary))
    (folder / "merges.txt").write_text("\n".join(merges), encoding="utf-8")
    return BytePieces(make_tokenizer(folder / "vocab.json", folder / "merges.txt"), "test")


@pytest.mark.parametrize("text", [*TEXTS, "", " x", "é 中 \U0001f600", "</s> <pad>", "a  b"])
def test_bytes_can_write_everything_and_special_pieces_are_never_text(
    in_bytes: BytePieces, text: str
) -> None:
    pieces = in_bytes.encode(text)
    assert not {0, 1, 2, 3, in_bytes.size - 1} & set(pieces)
    assert in_bytes.decode([2, 0, *pieces, 2, 1, in_bytes.size - 1]) == text


def test_joined_pairs_are_one_piece(in_bytes: BytePieces) -> None:
    assert len(in_bytes.encode("the lazy dog")) < len("the lazy dog")


def test_part_of_a_letter_is_told(in_bytes: BytePieces) -> None:
    first, *_ = in_bytes.encode("中")
    assert in_bytes.decode([first]) == "\ufffd"


def test_the_pieces_of_a_sentencepiece_model_are_numbered_as_by_fairseq() -> None:
    model = learn_sentencepiece()
    processor = sentencepiece.SentencePieceProcessor(model_proto=model)
    pieces = SentencePieces(model, "test")
    own = processor.EncodeAsIds("the lazy dog")
    assert pieces.encode("the lazy dog") == [number + 1 for number in own]
    assert pieces.decode([0, *pieces.encode("the lazy dog"), 2, 1, 1]) == " the lazy dog"
    assert UNKNOWN in pieces.encode("中")
    assert pieces.size == len(processor) + 1
    assert pieces.decode([pieces.size, pieces.size + 5]) == ""  # <mask>, and what is not there


def test_what_is_no_vocabulary_is_refused() -> None:
    for content in (b"", b"{", b"\xff", b'{"model": 1}'):
        with pytest.raises(BundleError, match=r"test: unusable .*get the model again"):
            BytePieces(content, "test")
        with pytest.raises(BundleError, match=r"not a SentencePiece model|first pieces"):
            SentencePieces(content, "test")


def test_a_model_with_other_special_pieces_is_refused() -> None:
    import io

    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.Train(
        sentence_iterator=iter(TEXTS * 4),
        model_writer=model,
        vocab_size=60,
        hard_vocab_limit=False,
        pad_id=0,
        unk_id=1,
        bos_id=2,
        eos_id=3,
        minloglevel=2,
    )
    assert SentencePieces(learn_side(TEXTS), "test").size > 4
    with pytest.raises(BundleError, match="the first pieces are <pad>, <unk>, <s>, not <unk>"):
        SentencePieces(model.getvalue(), "test")
