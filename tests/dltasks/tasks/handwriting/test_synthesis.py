from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from dltasks.cli import cli
from dltasks.data.transcripts import read_transcripts
from dltasks.tasks.handwriting.synthesis import (
    LINE_PIXELS,
    LONGEST,
    find_fonts,
    make_line,
    synthesize,
)
from pipelines.errors import ConfigurationError

TEXTS = ["Dónde está la estación?", 'She said "yes".', "un deux trois " * 20]


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    path = tmp_path / "texts.txt"
    path.write_text("\n".join(TEXTS), encoding="utf-8")
    return path


def _contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_lines_and_their_texts_can_be_read_back(texts: Path, fonts: Path, tmp_path: Path) -> None:
    _, written = synthesize(texts, fonts, tmp_path / "out", count=30, seed=1)
    examples = read_transcripts(str(tmp_path / "out"), {".jpg"})
    assert len(examples) == written == 30
    known = " ".join(" ".join(TEXTS).split())
    for example in examples:
        assert 0 < len(example.target) <= LONGEST + len("estación?")
        assert example.target.split()[0] in known
        assert example.group in ("DejaVuSans", "DejaVuSerif")
        with Image.open(example.source) as picture:
            assert picture.mode == "L"
            assert picture.height == LINE_PIXELS
    assert {example.group for example in examples} == {"DejaVuSans", "DejaVuSerif"}


def test_equal_seeds_give_equal_lines(texts: Path, fonts: Path, tmp_path: Path) -> None:
    for name, seed in (("first", 3), ("again", 3), ("other", 4)):
        synthesize(texts, fonts, tmp_path / name, count=6, seed=seed)
    first, again, other = (_contents(tmp_path / name) for name in ("first", "again", "other"))
    assert first == again
    assert first != other


def test_paper_ink_and_pen_vary(fonts: Path) -> None:
    lines = [
        make_line(["the same text"], find_fonts(fonts), np.random.default_rng(seed))
        for seed in range(12)
    ]
    pictures = [np.asarray(Image.open(io.BytesIO(line.content)), float) for line in lines if line]
    assert len(pictures) == 12
    assert np.std([np.median(picture) for picture in pictures]) > 10
    assert len({picture.shape[1] for picture in pictures}) > 6


def test_a_text_that_no_font_can_write_is_left_out(fonts: Path, tmp_path: Path) -> None:
    path = tmp_path / "texts.txt"
    path.write_text("\U00020000\U00020001\nplain", encoding="utf-8")
    manifest, written = synthesize(path, fonts, tmp_path / "out", count=20, seed=1)
    assert 0 < written < 20
    assert "\U00020000" not in manifest.read_text(encoding="utf-8")


def test_texts_that_no_font_can_write_are_refused_and_nothing_stays(
    fonts: Path, tmp_path: Path
) -> None:
    path = tmp_path / "texts.txt"
    path.write_text("\U00020000\U00020001", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="none has all characters of a text"):
        synthesize(path, fonts, tmp_path / "out", count=3, seed=1)
    assert not (tmp_path / "out").exists()


def test_a_word_without_end_is_cut(fonts: Path, tmp_path: Path) -> None:
    path = tmp_path / "texts.txt"
    path.write_text("a" * 3000, encoding="utf-8")
    synthesize(path, fonts, tmp_path / "out", count=2, seed=1)
    examples = read_transcripts(str(tmp_path / "out"), {".jpg"})
    assert {example.target for example in examples} == {"a" * LONGEST}


def test_a_font_without_a_character_is_not_used_for_it(fonts: Path) -> None:
    (font, _) = find_fonts(fonts)
    assert font.can_write("Añb ¿œ’")
    assert not font.can_write("a\U00020000")


def test_mistakes_are_told_in_one_line(texts: Path, fonts: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "x.ttf").write_bytes(b"no font")
    (tmp_path / "blank.txt").write_text(" \n")
    cases = [
        (texts, tmp_path / "empty", tmp_path / "out", "no .ttf"),
        (texts, tmp_path / "broken", tmp_path / "out", "x.ttf: cannot be read as a font"),
        (tmp_path / "blank.txt", fonts, tmp_path / "out", "no text in it"),
        (tmp_path / "none.txt", fonts, tmp_path / "out", "none.txt: cannot be read"),
        (texts, fonts, tmp_path, "already exists; choose another --out"),
        (texts, fonts, texts, "already exists; choose another --out"),
    ]
    for text, folder, out, message in cases:
        with pytest.raises(ConfigurationError) as caught:
            synthesize(text, folder, out, count=1, seed=1)
        assert message in str(caught.value)
        assert "\n" not in str(caught.value)


def test_command_says_how_many_lines_it_wrote(texts: Path, fonts: Path, tmp_path: Path) -> None:
    arguments = ["--text", str(texts), "--fonts", str(fonts), "--out", str(tmp_path / "new")]
    command = ["data", "synthesize", "handwriting", *arguments, "--count", "4"]
    result = CliRunner().invoke(cli, command)
    assert result.exit_code == 0, result.output
    assert "wrote 4 lines" in result.stderr
    assert len(list((tmp_path / "new").rglob("*.jpg"))) == 4
