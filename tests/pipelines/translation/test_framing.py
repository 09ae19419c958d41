"""What stands around a sentence, and its case, are taken off and put back."""

from __future__ import annotations

import pytest

from pipelines.translation.framing import (
    Case,
    case_of,
    end_alike,
    from_running,
    in_quotes_of,
    take_out,
)
from pipelines.translation.marks import NAMES
from pipelines.translation.names import Lexicon
from pipelines.translation.numbers import convert_number


@pytest.mark.parametrize(
    ("sentence", "inner"),
    [
        ("1. Open the door.", "Open the door."),
        ("- [ ] to do", "to do"),
        ("> # Title", "Title"),
        ("a) First", "First"),
        ("(1) First", "First"),
        ("-Who is it?", "Who is it?"),
        ("— ¿Quién es?", "¿Quién es?"),
        ("(Hello.)", "Hello."),
        ("(see below).", "see below"),
        ('"Hello there."', "Hello there."),
        ("“Hi”", "Hi"),
        ("«Hola»", "Hola"),
        ("“It is", "It is"),
        ("over.”", "over."),
        ("**Bold text**", "Bold text"),
        ("_hi_", "hi"),
        ("♪ la la la ♪", "la la la"),
        ("Hello 😀", "Hello"),
        ("Password:", "Password"),
        ("Wait…", "Wait"),
        ("...and then?", "and then?"),
        ('"Hello," he said.', '"Hello," he said.'),
        ("**Bold** text", "**Bold** text"),
        ("'Tis fine", "'Tis fine"),
        ("C++", "C++"),
        ("-5 degrees", "-5 degrees"),
        ("A. Smith is here.", "A. Smith is here."),
        ("I said (go)", "I said (go)"),
        ("Wait!", "Wait!"),
        ("#tag", "#tag"),
        ("...", ""),
        ("", ""),
    ],
)
def test_a_sentence_is_taken_out_of_what_stands_around_it(sentence: str, inner: str) -> None:
    framed = take_out(sentence)
    assert framed.inner == inner
    assert framed.before + framed.inner + framed.after == sentence


@pytest.mark.parametrize(
    ("text", "case"),
    [
        ("STOP IT", Case.UPPER),
        ("stop it", Case.LOWER),
        ("Stop It", Case.PLAIN),
        ("¿qué?", Case.LOWER),
        ("OK", Case.PLAIN),
        (f"{NAMES[0]} is here", Case.PLAIN),
    ],
)
def test_the_case_of_a_sentence_is_told(text: str, case: Case) -> None:
    assert case_of(text) is case


@pytest.mark.parametrize(
    ("sentence", "running"),
    [
        ("Where is it?", "where is it?"),
        ("¿Dónde está?", "¿dónde está?"),
        ("Tom is here.", "Tom is here."),
        ("I am here.", "I am here."),
        ("USB is here.", "USB is here."),
        ("Save As", "save as"),
        ("Save the Picture", "save the picture"),
        ("Save the Picture.", "save the Picture."),
        ("The White House", "the White House"),
        ("It IS here", "it is here"),
    ],
)
def test_a_sentence_is_written_as_within_a_text(sentence: str, running: str) -> None:
    words = [
        "where",
        "is",
        "it",
        "dónde",
        "está",
        "here",
        "i",
        "I",
        "am",
        "save",
        "as",
        "the",
        "picture",
        "Tom",
    ]
    assert Lexicon(words).to_running(sentence) == running
    assert Lexicon(()).to_running(sentence) == sentence


def test_a_translation_has_the_case_of_its_source() -> None:
    assert from_running(f"para {NAMES[0]}", Case.UPPER) == f"PARA {NAMES[0]}"
    assert from_running("¿qué?", Case.PLAIN) == "¿Qué?"
    assert from_running("Tom va", Case.LOWER) == "Tom va"
    assert from_running("¿Qué?", Case.RAISED) == "¿qué?"
    assert from_running("I went", Case.RAISED) == "I went"
    assert from_running(f"{NAMES[0]} come", Case.PLAIN) == f"{NAMES[0]} come"


@pytest.mark.parametrize(
    ("source", "translation", "expected"),
    [
        ("Save", "Guardar.", "Guardar"),
        ("I go.", "Voy", "Voy."),
        ("I go.", "¡Voy!", "¡Voy!"),
        ("Go!", "¡Ve!", "¡Ve!"),
        ("And then...", "Y luego...", "Y luego..."),
    ],
)
def test_a_translation_ends_as_its_source(source: str, translation: str, expected: str) -> None:
    assert end_alike(source, translation) == expected


def test_quotation_marks_are_those_of_the_target() -> None:
    assert in_quotes_of("es", "“") + in_quotes_of("es", "”.") == "«»."
    assert in_quotes_of("en", "«»") == "“”"
    assert in_quotes_of("es", '"') == '"'
    assert in_quotes_of("xx", "“") == "“"


@pytest.mark.parametrize(
    ("text", "source", "target", "before", "expected"),
    [
        ("4.5 %", "en", "es", "", "4,5 %"),
        ("4,5 %", "es", "en", "", "4.5 %"),
        ("1,234.50", "en", "es", "", "1.234,50"),
        ("1.234,50", "es", "en", "", "1,234.50"),
        ("3,000", "en", "es", "", "3.000"),
        ("€5", "en", "es", "", "5 €"),
        ("$5", "en", "es", "", "$5"),
        ("7:30", "en", "es", "", "7:30"),
        ("12/05/2024", "en", "es", "", "12/05/2024"),
        ("1.2.3", "en", "es", "", "1.2.3"),
        ("3.14", "es", "en", "", "3.14"),
        ("2.5", "en", "es", "in version ", "2.5"),
        ("3.5", "en", "es", "with Python ", "3.5"),
        ("4.5", "en", "zh", "", "4.5"),
    ],
)
def test_numbers_are_written_as_the_target_does(
    text: str, source: str, target: str, before: str, expected: str
) -> None:
    assert convert_number(text, source, target, before) == expected
