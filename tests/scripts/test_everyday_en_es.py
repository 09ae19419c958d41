"""What people type in a hurry is made of sentences and words that are whole."""

from __future__ import annotations

from scripts.everyday_en_es.short import in_lower_case, in_many_ways, infinitives, without_ends


def test_the_likeliest_translation_of_a_word_is_written_in_several_ways() -> None:
    interface = [("save", "guardar"), ("save", "salvar"), ("save", "guardar"), ("3 x", "3 x")]
    assert list(in_many_ways(interface)) == [
        ("Save", "Guardar"),
        ("save", "guardar"),
        ("save.", "guardar."),
        ("save!", "¡guardar!"),
        ("save,", "guardar,"),
        ("save;", "guardar;"),
    ]


def test_abbreviations_and_names_keep_their_capitals() -> None:
    assert in_lower_case(("House", "Casa")) == ("house", "casa")
    assert in_lower_case(("USB drive", "Unidad USB")) == ("USB drive", "Unidad USB")


def test_verbs_get_their_infinitive() -> None:
    pairs = [("learn", "aprender"), ("house", "casa"), ("learning", "aprender")]
    assert list(infinitives(pairs)) == [("to learn", "aprender")]


def test_sentences_lose_the_signs_at_their_ends() -> None:
    pairs = [("Where is it?", "¿Dónde está?"), ("Go. Now.", "Ve. Ahora.")]
    assert list(without_ends(pairs)) == [("where is it", "dónde está")]
