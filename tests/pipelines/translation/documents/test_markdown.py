"""Markdown keeps everything but its texts."""

from __future__ import annotations

import pytest
from markdown_it import MarkdownIt

from pipelines.translation.documents.markdown import Markdown
from tests.pipelines.translation.documents.upper import fill, fill_upper

PAGE = """---
title: Not this
---

# A *heading* #

Setext
======

Hello **big *red* house**, `make all` and [a link](http://x.org/a "T").{hard}
After a break ![a *cat*](p.png), <b class="k">bold</b>, <http://auto.org>\\
and more[^1], [Home], [here][r].

![A picture](x.png)

[Home]: http://home.org
[r]: <http://ref.org> 'tt'
[^1]: A footnote.

> quoted text
>
> - [ ] a task
> * another

3) third
   1. inner

```python
print("not this")
```

    indented code

<div>
html block
</div>

| Name | b \\| **c** |
|:-----|:-:|
| *x* y | 12 |

***

Last line""".replace("{hard}", "  ")


def blocks(text: str) -> list[str]:
    """Give the structure of a page."""
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    return [token.type + token.markup for token in parser.parse(text)]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_all_but_the_texts_stays_byte_for_byte(end: str) -> None:
    content = "\ufeff" + PAGE.replace("\n", end)
    document = Markdown(content.encode(), "a.md")
    same = fill(document, document.texts)
    assert same == content.replace("[Home],", "[Home][Home],")  # its text is no longer its name
    upper = fill_upper(document)
    assert upper.split(end)[1:4] == content.split(end)[1:4]
    for kept in ("`make all` AND", '](http://x.org/a "T").  ', "![a *cat*](p.png)", "](x.png)"):
        assert kept in upper
    for kept in ('<b class="k">BOLD</b>', "<http://auto.org>", "[^1]: A FOOTNOTE.", "[HERE][r]"):
        assert kept in upper
    for kept in ('print("not this")', "    indented code", "html block", "> - [ ] A TASK"):
        assert kept in upper
    for kept in ("# A *HEADING* #", "| NAME | B \\| **C** |", "![A PICTURE]", "3) THIRD"):
        assert kept in upper
    assert blocks(upper) == blocks(content)


def test_markup_within_a_text_is_for_the_translator() -> None:
    document = Markdown(PAGE.encode(), "a.md")
    assert document.texts[:4] == [
        "A <x1>heading</x1>",
        "Setext",
        "Hello <x1>big <x2>red</x2> house</x1>, {x3} and <x4>a link</x4>.",
        "After a break <x1/>, <x2>bold</x2>, {x3}",
    ]
    assert "b | <x1>c</x1>" in document.texts
    assert not any("not this" in text.lower() or "html" in text for text in document.texts)


def test_a_paragraph_of_several_lines_is_one_text() -> None:
    document = Markdown(b"> One\n> *two\n> three*.\n\n- a\n  b\n", "a.md")
    assert document.texts == ["One <x1>two three</x1>.", "a b"]
    assert fill_upper(document) == "> ONE *TWO THREE*.\n\n- A B\n"


@pytest.mark.parametrize(
    "translation",
    [
        "# uno",
        "- uno",
        "1. uno",
        "23) uno",
        "> uno",
        "+ uno",
        "uno *dos* tres",
        "`uno`",
        "[uno](dos)",
        "<b>uno</b>",
        "&amp; uno",
        "a_b_ _c_",
        "\\*uno",
        "***",
        "~~uno~~",
        "| a | b |",
        "Home [Home]",
    ],
)
def test_no_translation_becomes_markup(translation: str) -> None:
    document = Markdown(b"Text.\n\n[home]: http://home.org\n", "a.md")
    filled = fill(document, [translation])
    again = Markdown(filled.encode(), "a.md")
    assert blocks(filled) == ["paragraph_open", "inline", "paragraph_close"]
    (inline,) = [token for token in MarkdownIt("commonmark").parse(filled) if token.children]
    assert inline.children
    assert [token.content for token in inline.children] == [translation]
    assert again.remarks == []


def test_no_translation_ends_a_cell() -> None:
    document = Markdown(b"| one |\n|---|\n| two |\n", "a.md")
    filled = fill(document, ["a | b", "c|d"])
    assert filled == "| a \\| b |\n|---|\n| c\\|d |\n"


@pytest.mark.parametrize("text", ["snake_case", "2 * 3", "a < b & c", "A. B", "it's [so]"])
def test_what_is_no_markup_is_not_escaped(text: str) -> None:
    document = Markdown(f"{text} word\n".encode(), "a.md")
    assert fill(document, document.texts) == f"{text} word\n"


def test_escapes_and_entities_are_read() -> None:
    document = Markdown(b"5 \\* 3 &lt; &eacute; word\n", "a.md")
    assert document.texts == ["5 * 3 < é word"]


def test_markup_that_the_translation_has_lost_is_counted() -> None:
    document = Markdown(b"A **bold** word and ![x](y.png).\n", "a.md")
    assert fill(document, ["Una palabra"]) == "Una palabra ![x](y.png)\n"
    assert document.remarks == [
        "1 text has lost mark-up such as bold or a link; look at the result"
    ]


def test_an_empty_file_and_one_of_settings_alone_stay() -> None:
    for content in ("", "---\na: b\n---\n", "---\nunclosed: settings\n", "\n\n"):
        document = Markdown(content.encode(), "a.md")
        assert fill(document, document.texts) == content


def test_signs_that_would_not_mark_words_are_left_out() -> None:
    document = Markdown(b"A **bold** word.\n", "a.md")
    assert fill(document, ["x<x1>(y)</x1>z"]) == "x(y)z\n"  # x**(y)**z is not bold
    assert len(document.remarks) == 1
