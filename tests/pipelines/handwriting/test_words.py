from __future__ import annotations

import numpy as np

from pipelines.ctc.alphabet import Alphabet
from pipelines.ctc.decoding import Reading
from pipelines.handwriting.geometry import Affine
from pipelines.handwriting.words import find_body, split_words

ALPHABET = Alphabet(("a", "b", " "))


def _line() -> np.ndarray:
    """Ink in columns 4 to 20 and 40 to 52, rows 10 to 20; a tail below the second."""
    pixels = np.zeros((32, 64), np.uint8)
    pixels[10:20, 4:20] = 255
    pixels[10:20, 40:52] = 255
    pixels[20:28, 50:52] = 255
    return pixels


def test_words_are_as_sure_as_their_least_sure_character() -> None:
    symbols, confidences = (2, 0, 1, 2, 2, 1), (0.1, 0.9, 0.5, 0.2, 0.3, 0.8)
    reading = Reading(symbols, tuple(range(6)), confidences, 0.0)
    words = split_words(ALPHABET, reading, _line(), Affine())
    assert [(word.text, word.confidence) for word in words] == [("ab", 0.5), ("b", 0.8)]


def test_the_box_of_a_word_holds_its_ink_and_no_other() -> None:
    reading = Reading((0, 1, 2, 1), (2, 4, 7, 11), (1.0,) * 4, 0.0)
    placed = Affine.scaled(2, 3).then(Affine.moved(100, 50))
    first, second = split_words(ALPHABET, reading, _line(), placed)
    assert first.box == (108, 80, 140, 110)
    assert second.box == (180, 80, 204, 134)


def test_letters_stand_on_the_baseline_and_tails_hang_below_it() -> None:
    assert find_body(_line()) == (10, 20)
    assert find_body(np.zeros((8, 8), np.uint8)) == (0, 8)
