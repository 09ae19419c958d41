"""Beam search finds what trying everything finds, and keeps the rules."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from pipelines.search.beam_search import BeamSearch, Hypothesis, beam_search

BEGIN, END, A, B, C = range(5)
VOCABULARY = 5
SOURCE = 3
LONGEST = 3


class TableDecoder:
    """Draws, for each sentence and each history, random probabilities; the state is the history."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.rows = 0

    def begin(self, sentences: np.ndarray) -> np.ndarray:
        return np.zeros((len(sentences), 8), np.int64)

    def step(
        self, sentences: np.ndarray, pieces: np.ndarray, state: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        self.rows += len(sentences)
        state = np.concatenate([state[:, 1:], pieces[:, None] + 1], axis=1)
        found = [self.draw(s, row) for s, row in zip(sentences, state, strict=True)]
        return np.stack([f[0] for f in found]), state, np.stack([f[1] for f in found])

    def draw(self, sentence: int, history: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        random = np.random.default_rng([self.seed, sentence, *history])
        logits = random.normal(0, 2, VOCABULARY)
        attention = random.dirichlet(np.full(SOURCE, 0.3))
        return (logits - np.log(np.exp(logits).sum())).astype(np.float32), attention


def try_everything(decoder: TableDecoder, sentence: int, search: BeamSearch) -> list[Hypothesis]:
    """Score every sequence of one to `LONGEST` pieces, best first."""
    found = []
    for length in range(1, LONGEST + 1):
        for pieces in product((A, B, C), repeat=length):
            state = decoder.begin(np.array([sentence]))
            each, seen = [], []
            for last, following in zip((BEGIN, *pieces), (*pieces, END), strict=True):
                scores, state, attention = decoder.step(
                    np.array([sentence]), np.array([last]), state
                )
                each.append(float(scores[0, following]))
                seen.append(attention[0])
            covered = np.log(np.clip(np.sum(seen, axis=0), 1e-9, 1.0)).sum()
            total = sum(each)
            score = total / ((5 + length + 1) / 6) ** search.length_penalty
            score += search.coverage_penalty * covered
            found.append(Hypothesis(pieces, score, total, np.array(seen), tuple(each)))
    return sorted(found, key=lambda item: -item.score)


@pytest.mark.parametrize("penalties", [(0.0, 0.0), (1.0, 0.0), (0.6, 0.4)])
@pytest.mark.parametrize("seed", range(5))
def test_wide_enough_it_finds_what_trying_everything_finds(
    seed: int, penalties: tuple[float, float]
) -> None:
    search = BeamSearch(200, 5, *penalties)
    decoder = TableDecoder(seed)
    found = beam_search(
        decoder, [LONGEST] * 3, begin=BEGIN, end=END, forbidden=[BEGIN], search=search
    )
    for sentence, hypotheses in enumerate(found):
        expected = try_everything(decoder, sentence, search)[:5]
        assert [item.pieces for item in hypotheses] == [item.pieces for item in expected]
        for one, other in zip(hypotheses, expected, strict=True):
            assert one.score == pytest.approx(other.score, abs=1e-5)
            assert one.log_probability == pytest.approx(other.log_probability, abs=1e-5)
            np.testing.assert_allclose(one.attention, other.attention, atol=1e-6)
            np.testing.assert_allclose(one.log_probabilities, other.log_probabilities, atol=1e-5)


def test_greedy_takes_the_likeliest_piece_each_time() -> None:
    decoder = TableDecoder(seed=3)
    ((found,),) = beam_search(
        decoder, [6], begin=BEGIN, end=END, forbidden=[BEGIN], search=BeamSearch(beams=1)
    )
    state, last, said = decoder.begin(np.array([0])), BEGIN, []
    while len(said) < 6:
        scores, state, _ = decoder.step(np.array([0]), np.array([last]), state)
        scores[0, [BEGIN, END] if last == BEGIN else BEGIN] = -np.inf
        last = int(scores[0].argmax())
        if last == END:
            break
        said.append(last)
    assert list(found.pieces) == said


@pytest.mark.parametrize("beams", [1, 2, 4])
def test_a_sentence_alone_gives_what_it_gives_among_others(beams: int) -> None:
    decoder = TableDecoder(seed=4)
    search = BeamSearch(beams, n_best=beams)
    rules = {"begin": BEGIN, "end": END, "forbidden": [BEGIN], "search": search}
    together = beam_search(decoder, [2, 6, 4, 6], **rules)

    class Shifted(TableDecoder):
        def step(self, sentences, pieces, state):
            return super().step(sentences + 3, pieces, state)

    (alone,) = beam_search(Shifted(seed=4), [6], **rules)
    assert [item.pieces for item in alone] == [item.pieces for item in together[3]]


def test_nothing_is_longer_than_allowed_and_nothing_forbidden_is_said() -> None:
    found = beam_search(
        TableDecoder(seed=5),
        [1, 4],
        begin=BEGIN,
        end=END,
        forbidden=[BEGIN, B],
        search=BeamSearch(4),
    )
    assert len(found[0][0].pieces) <= 1
    assert len(found[1][0].pieces) <= 4
    assert not {BEGIN, B} & {piece for item in found for piece in item[0].pieces}


@pytest.mark.parametrize("beams", [1, 4])
def test_something_is_said_however_unlikely(beams: int) -> None:
    class Silent(TableDecoder):
        def draw(self, sentence: int, history: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            scores = np.full(VOCABULARY, -20.0, np.float32)
            scores[END] = 0.0
            return scores, super().draw(sentence, history)[1]

    for longest, said in ((4, 1), (0, 0)):
        ((found,),) = beam_search(
            Silent(0), [longest], begin=BEGIN, end=END, forbidden=[BEGIN], search=BeamSearch(beams)
        )
        assert len(found.pieces) == said


def test_required_pieces_come_exactly_once() -> None:
    for seed in range(5):
        found = beam_search(
            TableDecoder(seed),
            [8, 8],
            begin=BEGIN,
            end=END,
            forbidden=[BEGIN, B, C],
            required=[[B, C], []],
            search=BeamSearch(4),
        )
        assert sorted(piece for piece in found[0][0].pieces if piece != A) == [B, C]
        assert set(found[1][0].pieces) <= {A}


def test_a_done_sentence_takes_no_more_time() -> None:
    short, both = TableDecoder(seed=6), TableDecoder(seed=6)
    rules = {"begin": BEGIN, "end": END, "forbidden": [BEGIN], "search": BeamSearch(beams=1)}
    beam_search(short, [0], **rules)
    beam_search(both, [0, 0], **rules)
    assert both.rows == 2 * short.rows == 2


def test_no_sentences_give_nothing() -> None:
    assert beam_search(TableDecoder(0), [], begin=BEGIN, end=END, search=BeamSearch()) == []
