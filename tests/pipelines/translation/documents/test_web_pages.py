"""Web pages keep everything but their texts, byte for byte."""

from __future__ import annotations

import html
from xml.etree import ElementTree

import pytest

from pipelines.errors import InputError
from pipelines.translation.documents.web_pages import MOST_UNCLOSED, WebPage
from tests.pipelines.translation.documents.upper import fill, fill_upper

PAGE = """<!DOCTYPE html>
<HTML lang='en' >
<head><meta charset="utf-8"><title>My &amp; page</title>
<meta name="description" content="About 'cats' &amp; dogs"><meta name=author content="Anna">
<script>var a = "<p>not this</p>";</script><style>p { color: red }</style></head>
<body class='x'   >
<!-- not <p>this</p> -->
<h1>  Hello, world  </h1>
<p>Click <b class="k">here &lt;now&gt;</b>, <a href="x?a=1&b=2"
title='A "title"'>the <i>link</i></a>&nbsp;or <code>make all</code> run<!-- c -->ning.<br>Next line
<p>An unclosed paragraph <IMG src=a.png alt="Cat"> with <span
translate="no">Brand <b>Name</b></span>.
<ul><li>One<li><a href="#">Two</a></ul>
<pre>not this</pre><input placeholder="Your name" value="Anna"><input type=submit value='Send'>
<div translate=no><p title="no">Not this</p></div><button aria-label="Close it">x</button>
<a href="/"><img src="b.png" alt="Logo"></a>
</body></HTML>
"""


def page(content: str, target: str = "", *, is_xml: bool = False) -> WebPage:
    return WebPage(content.encode(), "a.html", target, is_xml=is_xml)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_all_but_the_texts_stays_byte_for_byte(end: str) -> None:
    content = "\ufeff" + PAGE.replace("\n", end)
    document = page(content)
    assert fill(document, document.texts) == content
    upper = fill_upper(document)
    assert upper.lower() == content.lower()
    for kept in (
        "not <p>this</p>",
        "color: red",
        "make all",
        "Brand <b>Name</b>",
        "not this</pre>",
    ):
        assert kept in upper
    for changed in ("<h1>  HELLO, WORLD  </h1>", "NEXT LINE", "&nbsp;OR ", 'alt="LOGO"', "'SEND'"):
        assert changed in upper


def test_markup_within_a_text_is_for_the_translator() -> None:
    document = page(PAGE)
    assert document.texts == [
        "My & page",
        "About 'cats' & dogs",
        "Hello, world",
        'A "title"',
        "Click <x1>here <now></x1>, <x2>the <x3>link</x3></x2>\xa0or {x4} run<x5/>ning.",
        "Next line",
        "Cat",
        "An unclosed paragraph <x1/> with {x2}.",
        "One",
        "Two",
        "Your name",
        "Send",
        "Close it",
        "x",
        "Logo",
    ]


def test_marks_may_change_their_order_with_their_attributes() -> None:
    document = page('<p>A <a title="one">b</a> <i>c</i> <img alt="two"> d</p>')
    assert document.texts == ["one", "two", "A <x1>b</x1> <x2>c</x2> <x3/> d"]
    filled = fill(document, ["UNO", 'D"S', "<x3/> <x2>C</x2> <x1>B</x1> D"])
    assert filled == '<p><img alt="D&quot;S"> <i>C</i> <a title="UNO">B</a> D</p>'


def test_no_translation_becomes_markup() -> None:
    document = page("<p>One</p><p title=\"a\" alt='b'>Two</p>")
    filled = fill(document, ["<b>&amp;</b>", "\"'<>&", "\"'<>&", "a < b"])
    assert filled == (
        "<p>&lt;b&gt;&amp;amp;&lt;/b&gt;</p>"
        "<p title=\"&quot;'&lt;&gt;&amp;\" alt='\"&#39;&lt;&gt;&amp;'>a &lt; b</p>"
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<html lang=en>", '<html lang="es">'),
        ("<html class='a' LANG='en-GB' dir=ltr>", "<html class='a' LANG=\"es\" dir=ltr>"),
        ("<html>", '<html lang="es">'),
        ("<div lang=en>", "<div lang=en>"),
    ],
)
def test_the_page_says_its_language(before: str, after: str) -> None:
    assert fill_upper(page(f"{before}<p>a", "es")) == f"{after}<p>A"


def test_a_page_that_says_no_encoding_gets_no_letter_that_needs_one() -> None:
    assert fill(page("<p>one"), ["año <€>"]) == "<p>a&#241;o &lt;&#8364;&gt;"
    assert fill(page("<meta charset=utf-8><p>one"), ["año"]) == "<meta charset=utf-8><p>año"
    assert fill(page("\ufeff<p>one"), ["año"]) == "\ufeff<p>año"


@pytest.mark.parametrize("head", ["<meta charset={}>", '<?xml version="1.0" encoding="{}"?>'])
@pytest.mark.parametrize("name", ["ISO-8859-1", "windows-1252", "Shift_JIS", "GB2312"])
def test_a_page_of_an_old_encoding_stays_in_it(name: str, head: str) -> None:
    content = f"{head.format(name)}<p>one</p><p>±3</p>".encode(name)
    document = WebPage(content, "a.html")
    assert document.fill(["ж ⁂"]) == content.replace(
        b"one", "ж ⁂".encode(name, "xmlcharrefreplace")
    )


@pytest.mark.parametrize("name", ["utf-16", "rot13", "no-such", "unicode_escape", "ascii"])
def test_a_page_of_no_encoding_is_refused(name: str) -> None:
    with pytest.raises(InputError, match=rf"^a\.html: it says charset={name}; save it as UTF-8"):
        WebPage(f"<meta http-equiv=a content='text/html; charset={name}'><p>é".encode(), "a.html")


def test_xhtml_stays_well_formed() -> None:
    content = (
        '<?xml version="1.0" encoding="utf-8"?>\n<html xmlns="http://www.w3.org/1999/xhtml" '
        'xml:lang="en" lang="en"><head><title>A</title><script src="a.js"/></head><body><p>One<br/>'
        'two <img src="x" alt="b"/> &amp; &#233;</p><![CDATA[ not <this> ]]></body></html>'
    )
    document = page(content, "es", is_xml=True)
    assert document.texts == ["A", "One", "b", "two <x1/> & é"]
    root = ElementTree.fromstring(fill(document, ["<A>", "Uno", '"b"', "dos <x1/> & < é"]))
    assert root.attrib["lang"] == root.attrib["{http://www.w3.org/XML/1998/namespace}lang"] == "es"
    assert "".join(root.itertext()) == "<A>Unodos  & < é not <this> "


def test_unclosed_and_crossing_tags_stay_in_their_places() -> None:
    content = "<p>a <b>b <i>c</b> d</i> e <u>f</p></b><a href=x><div>g</div></a>"
    document = page(content)
    assert fill(document, document.texts) == content


def test_many_tags_that_nothing_closes_are_refused() -> None:
    for opening in ("<a b=", "<!--", "<![CDATA[", "<?"):
        with pytest.raises(InputError, match="are not closed; fix it"):
            page("<p>a</p>" + opening * (MOST_UNCLOSED + 1))
        page("<p>a</p>" + opening).texts  # noqa: B018


def test_a_page_that_ends_anywhere_is_read() -> None:
    for end in range(PAGE.index("<title"), len(PAGE)):
        document = page(PAGE[:end])
        filled = fill(document, document.texts)
        assert html.unescape(filled).split() == html.unescape(PAGE[:end]).split()
