"""Mark-up inside a text becomes tags for the translator, and mark-up again."""

from __future__ import annotations

import pytest

from pipelines.translation.documents.inline import DEEPEST, Inline, Item, Kind, Mark


def opens(name: str) -> Mark:
    return Mark(Kind.OPENS, name, f"<{name}>")


def closes(name: str) -> Mark:
    return Mark(Kind.CLOSES, name, f"</{name}>")


def alone(name: str, *, is_word: bool = False) -> Mark:
    return Mark(Kind.ALONE, "", f"<{name}/>", is_word)


def restored(inline: Inline, translation: str) -> tuple[str, bool]:
    found = inline.restore(translation)
    text = "".join(item.raw if isinstance(item, Mark) else item for item in found.items)
    return text, found.is_whole


def test_pairs_are_numbered_in_order() -> None:
    inline = Inline(["A ", opens("b"), "big ", opens("i"), "red", closes("i"), closes("b"), " one"])
    assert inline.text == "A <x1>big <x2>red</x2></x1> one"
    moved = restored(inline, "Uno <x1><x2>rojo</x2> grande</x1>")
    assert moved == ("Uno <b><i>rojo</i> grande</b>", True)


def test_tags_may_change_their_order() -> None:
    inline = Inline([opens("b"), "a", closes("b"), " ", opens("i"), "c", closes("i"), " d"])
    assert restored(inline, "<x2>C</x2> <x1>A</x1> D") == ("<i>C</i> <b>A</b> D", True)


def test_markup_around_all_of_a_text_is_not_the_translators_business() -> None:
    items: list[Item] = [" ", opens("i"), alone("br"), "Hello", closes("i"), "\n"]
    inline = Inline(items)
    assert inline.text == "Hello"
    assert restored(inline, "Hola") == (" <i><br/>Hola</i>\n", True)


def test_a_word_that_stays_is_never_outside_of_its_sentence() -> None:
    inline = Inline([alone("code", is_word=True), " builds it"])
    assert inline.text == "{x1} builds it"


def test_a_mark_without_its_other_half_stands_alone() -> None:
    inline = Inline(["a ", closes("b"), "b ", opens("i"), "c"])
    assert inline.text == "a <x1/>b <x2/>c"
    assert restored(inline, "A <x1/>B <x2/>C") == ("A </b>B <i>C", True)


def test_pairs_that_cross_in_the_source_stay_in_their_places() -> None:
    inline = Inline(["x ", opens("b"), "a", opens("i"), "b", closes("b"), "c", closes("i"), " y"])
    assert restored(inline, inline.text) == ("x <b>a<i>b</b>c</i> y", True)


def test_a_pair_without_a_word_stands_alone() -> None:
    inline = Inline(["See ", opens("a"), alone("img"), closes("a"), " here"])
    assert inline.text == "See <x1/> here"
    assert restored(inline, "Mira <x1/> aquí") == ("Mira <a><img/></a> aquí", True)


@pytest.mark.parametrize(
    "translation",
    ["uno dos", "<x1>uno dos", "</x1>uno<x1> dos", "<x1>uno</x1> <x1>dos</x1>", "uno</x1> dos"],
)
def test_without_all_of_its_tags_the_text_comes_without_pairs(translation: str) -> None:
    inline = Inline([opens("b"), "one", closes("b"), " two"])
    assert restored(inline, translation) == ("uno dos", False)


def test_pairs_that_cross_in_the_translation_are_dropped() -> None:
    inline = Inline([opens("b"), "a", closes("b"), " ", opens("i"), "c", closes("i"), " d"])
    assert restored(inline, "<x1>A <x2>C</x1> D</x2>") == ("A C D", False)


def test_what_stands_alone_is_never_lost() -> None:
    inline = Inline(["one ", alone("img"), " two ", alone("code", is_word=True), " three"])
    assert restored(inline, "uno dos {x2} tres") == ("uno dos <code/> tres <img/>", False)


def test_tags_of_the_text_itself_stay() -> None:
    inline = Inline(["write <x1> and ", opens("b"), "that", closes("b"), " <x7/> {x8}"])
    assert inline.text == "write <x1> and <x9>that</x9> <x7/> {x8}"
    assert restored(inline, inline.text) == ("write <x1> and <b>that</b> <x7/> {x8}", True)


def test_a_text_without_a_letter_is_none() -> None:
    assert Inline(["1, 2 ", opens("b"), "3", closes("b")]).text == ""


def test_very_deep_pairs_stand_alone() -> None:
    depth = 3 * DEEPEST
    inline = Inline(["a ", *[opens("b")] * depth, "b", *[closes("b")] * depth, " c"])
    text, is_whole = restored(inline, inline.text)
    assert is_whole
    assert text == f"a {'<b>' * depth}b{'</b>' * depth} c"


def test_white_space_is_made_one_space_and_a_hard_space_stays() -> None:
    assert Inline(["a\n   b\xa0\t c "], tidy=True).text == "a b\xa0 c"


def test_white_space_at_the_edges_of_a_pair_moves_out_of_it() -> None:
    inline = Inline(["a ", opens("b"), "b", closes("b"), " c"])
    assert restored(inline, "A <x1> B </x1> C") == ("A <b>B</b> C", True)
    assert restored(inline, "A<x1> B </x1>C") == ("A <b>B</b> C", True)
