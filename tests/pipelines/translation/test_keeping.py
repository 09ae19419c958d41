"""What is not translated is marked, and comes back as it was."""

from __future__ import annotations

import pytest

from pipelines.errors import ConfigurationError
from pipelines.translation.framing import Case
from pipelines.translation.keeping import Keeper
from pipelines.translation.marks import NAMES, NUMBERS, PER_KIND, THINGS, unmark
from pipelines.translation.names import Lexicon
from pipelines.translation.sentences import as_network_sees


def kept(sentence: str, keeper: Keeper | None = None) -> list[str]:
    return [text for part in (keeper or Keeper()).mark(sentence) for _, text in part.kept]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Hello {name}, hi {{ user }}.", ["{name}", "{{ user }}"]),
        ("Click <b>here</b><br/>", ["<b>", "</b>", "<br/>"]),
        ("See https://a.org/b?c=d.", ["https://a.org/b?c=d"]),
        ("Write to me@example.org!", ["me@example.org"]),
        ("%s of %(count)d files, 100%%", ["%s", "%(count)d", "100%"]),
        ("Save %1$s of %ld (%%), %n% :name", ["%1$s", "%ld", "%%", "%n%", ":name"]),
        ("{{x}}, ${y}, %{z}, <%= t %>", ["{{x}}", "${y}", "%{z}", "<%= t %>"]),
        ("{n, plural, one {# a} other {# b}} left", ["{n, plural, one {# a} other {# b}}"]),
        ("See www.a.org/x. Now", ["www.a.org/x"]),
        ("At 12:30 in 2024, for 1,000.50 of 7", ["12:30", "2024", "1,000.50", "7"]),
        ("10 km, 10km, 50%, 20 °C, 7:30 pm.", ["10 km", "10km", "50%", "20 °C", "7:30 pm"]),
        ("It costs $5 or 5 €, -3 of 2-4", ["$5", "5 €", "-3", "2-4"]),
        ("the 2nd 10-year-old", ["2", "10"]),
        ("a 3D film, an A4 page, COVID-19, v2.1", ["3D", "A4", "COVID-19", "v2.1"]),
        ("Call f() of os.path, MAX_SIZE or --all", ["f()", "os.path", "MAX_SIZE", "--all"]),
        ("in /etc/hosts, C++, `x y`, @tom, #now", ["/etc/hosts", "C++", "`x y`", "@tom", "#now"]),
        ("a &nbsp; b", ["&nbsp;"]),
        ("either/or, i.e. this, e-mail and AT&T: plain", []),
    ],
)
def test_placeholders_tags_addresses_code_and_numbers_are_kept(
    sentence: str, expected: list[str]
) -> None:
    assert kept(sentence) == expected


def test_each_kind_has_its_marks() -> None:
    (part,) = Keeper().mark("Send 3 files to {name}")
    assert part.text == f"Send {NUMBERS[0]} files to {THINGS[0]}"
    named = Keeper(lexicon=Lexicon(["send", "files", "to"])).mark_names(part, part.text, cased=True)
    assert named == part


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("I live in Barcelona.", ["Barcelona"]),
        ("Barcelona lives in Spain.", ["Barcelona"]),
        ("I live in New York City.", ["New York City"]),
        ("I live in Miguel's house.", ["Miguel"]),
        ("Save as I live", []),
        ("The Save", []),
    ],
)
def test_capitalised_words_that_the_network_does_not_know_are_names(
    sentence: str, expected: list[str]
) -> None:
    keeper = Keeper(
        lexicon=Lexicon(["i", "live", "in", "save", "as", "the", "house", "Spain", "lives"])
    )
    (part,) = keeper.mark(sentence)
    named = keeper.mark_names(part, part.text, cased=True)
    assert [text for _, text in named.kept] == expected
    assert all(mark in NAMES for mark, _ in named.kept)


def test_where_verbs_begin_sentences_their_endings_tell_them_from_names() -> None:
    verbs = [f"{letter}amos" for letter in "abcdef"]
    lexicon = Lexicon([*verbs, "en", "casa"], initial_names=False)
    assert not list(lexicon.names("Comamos en casa."))
    assert list(lexicon.names("Kraków en casa.")) == [(0, 6)]


def test_a_vocabulary_without_marks_for_numbers_sees_short_ones() -> None:
    (part,) = Keeper(marks=THINGS).mark("In 2024 I had 3")
    assert part.kept == ((THINGS[0], "2024"),)


def test_a_pattern_keeps_more() -> None:
    assert kept("Use FOO_BAR now", Keeper(r"[A-Z]+_[A-Z]+")) == ["FOO_BAR"]


def test_words_of_foreign_script_are_kept() -> None:
    keeper = Keeper(is_foreign=lambda word: not word.isascii())
    assert kept("Say 日本 to him 👍👍!", keeper) == ["日本", "👍👍"]


def test_a_glossary_puts_its_terms_in_place_the_longest_first() -> None:
    keeper = Keeper(glossary={"house": "casa", "white house": "Casa Blanca"})
    assert kept("The White House is no house, warehouse", keeper) == ["Casa Blanca", "casa"]


@pytest.mark.parametrize(
    "sentence", ["", "plain", "{a}", "{a} is {b}", "{0}{1}{2}{3}{4} {5}{6}{7}{8} and {9}{10} end"]
)
def test_unmarking_gives_back_what_was_marked(sentence: str) -> None:
    parts = Keeper().mark(sentence)
    assert "".join(unmark(part.text, part.kept) for part in parts) == sentence
    assert all(len(part.kept) <= PER_KIND for part in parts)


def test_a_mark_in_the_text_itself_is_not_taken_for_one_of_ours() -> None:
    sentence = f"{THINGS[1]} and {{name}}"
    (part,) = Keeper().mark(sentence)
    assert unmark(part.text, part.kept) == sentence


def test_what_lost_its_mark_comes_at_the_end() -> None:
    (part,) = Keeper().mark("Hello {name}")
    assert unmark("Hola", part.kept) == "Hola {name}"


@pytest.mark.parametrize("pattern", ["(", "x*"])
def test_an_unusable_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(ConfigurationError, match="keep"):
        Keeper(pattern)


@pytest.mark.parametrize(
    ("sentence", "case", "expected"),
    [
        ("MIGUEL LIVES IN SPAIN", Case.UPPER, {"MIGUEL"}),
        ("miguel lives in spain", Case.LOWER, {"miguel"}),
        ("Miguel lives in Spain", Case.PLAIN, {"Miguel"}),
        ("NASA", Case.PLAIN, {"NASA"}),
        ("Miguel LIVES in Spain", Case.PLAIN, {"Miguel"}),
        ("LIVES in Spain", Case.PLAIN, set()),
    ],
)
def test_in_a_sentence_without_cases_unknown_words_are_names(
    sentence: str, case: Case, expected: set[str]
) -> None:
    keeper = Keeper(lexicon=Lexicon(["lives", "in", "Spain"]))
    ((marked, found),) = as_network_sees(sentence, keeper)
    assert found is case
    assert {said for _, said in marked.kept} == expected


def test_letters_that_are_foreign_in_capitals_alone_do_not_keep_a_word() -> None:
    lexicon = Lexicon(["he", "likes", "milk"])
    keeper = Keeper(is_foreign=lambda word: "K" in word, lexicon=lexicon)
    ((marked, _),) = as_network_sees("HE LIKES MILK", keeper)
    assert marked.text == "he likes milk"
    ((marked, _),) = as_network_sees("KURT LIKES MILK", keeper)
    assert [said for _, said in marked.kept] == ["KURT"]
