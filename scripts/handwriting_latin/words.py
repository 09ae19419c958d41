"""The kinds of texts that are made of words."""

from __future__ import annotations

from collections.abc import Callable

from scripts.handwriting_latin.draws import PARTS, Draw, write_street

TEMPLATES = PARTS["templates"]
LONGEST = 75  # characters of a line
TRIES = 50
LABELS_SHARE = 0.7  # of the labels, from forms, menus and maps; the others are headings
NORTHERN_LETTERS = frozenset("åøæÅØÆ")
NORTHERN_CAPITALS = 0.3  # of the northern texts, written in capitals
BRACKETS = (
    *(("(", ")"),) * 5, ("[", "]"), ("<", ">"), ("{", "}"), ("/", "/"), ("– ", " –"),
)  # fmt: skip
QUOTES = {
    "en": (("“", "”"), ("‘", "’"), ('"', '"'), ("'", "'")),
    "es": (("«", "»"), ("“", "”"), ('"', '"')),
    "fr": (("« ", " »"), ("«", "»"), ("“", "”"), ('"', '"')),
    "de": (("„", "“"), ("»", "«"), ("‚", "‘"), ('"', '"')),
    "pt": (("«", "»"), ("“", "”"), ('"', '"')),
    "it": (("«", "»"), ("“", "”"), ('"', '"')),
}
SIGNS = ".,;:!?¿¡'\"-()/&+=*@#%_[]<>«»’‘“”—–…€$£°^|§ºª²½„‚‹›{}~•×\\"


def write_sentence(draw: Draw) -> str:
    """Take a run of words, of any length."""
    longest = draw.number(15, LONGEST)
    return draw.cut(draw.random.choice(draw.language.sentences), longest)


def write_letter(draw: Draw) -> str:
    """Take a piece of a letter."""
    if draw.code == "fr":
        sentence = draw.french_letters.sentence()
    else:
        sentence = draw.fill(draw.random.choice(PARTS["letters"][draw.code]))
    return draw.cut(sentence, draw.number(25, LONGEST))


def write_label(draw: Draw) -> str:
    """Take a short text of a form, a menu or a map."""
    labels = draw.language.labels if draw.random.random() < LABELS_SHARE else ()
    return draw.cut(draw.random.choice(labels), 45) if labels else write_heading(draw)


def write_heading(draw: Draw) -> str:
    """Write a heading of a page or the name of a field."""
    return draw.fill(draw.random.choice(PARTS["headings"][draw.code]))


def write_short(draw: Draw) -> str:
    """Write one to three words."""
    words = draw.random.choice(draw.language.sentences).split()
    return " ".join(words[-draw.number(1, 3) :])


def write_word(draw: Draw) -> str:
    """Write one word, with or without a sign after it."""
    return draw.word() + draw.slot("end_of_word")


def write_name(draw: Draw) -> str:
    """Write names of people, towns and companies."""
    return draw.fill_any(TEMPLATES["name"])


def write_address(draw: Draw) -> str:
    """Write a line of a postal address."""
    faker = draw.faker
    return draw.pick(
        draw.street(),
        f"{faker.postcode()} {faker.city()}",
        faker.street_name(),
        f"{faker.city()} ({faker.postcode()})",
        f"{draw.street()}, {faker.city()}",
    )


def write_capitals(draw: Draw) -> str:
    """Write words of any kind in capitals alone."""
    write = draw.random.choice(IN_CAPITALS)
    return draw.cut(write(draw).upper(), draw.number(4, LONGEST))


def write_title(draw: Draw) -> str:
    """Write every word, or every long word, with a capital."""
    write = draw.random.choice((write_sentence, write_label))
    text = draw.cut(write(draw), draw.number(10, 60))
    least = draw.random.choice((1, 4))
    words = (word[:1].upper() + word[1:] if len(word) >= least else word for word in text.split())
    return " ".join(words)


def write_item(draw: Draw) -> str:
    """Write an item of a list."""
    write = draw.random.choice((write_sentence, write_label, write_short))
    text = draw.cut(write(draw), draw.number(10, 60))
    given = {"n": draw.number(1, 30), "letter": draw.slot("letter")}
    return f"{draw.fill_any(TEMPLATES['list'], **given)} {text}"


def write_brackets(draw: Draw) -> str:
    """Put a part of a text in brackets."""
    words = draw.cut(write_sentence(draw), draw.number(12, 70)).split()
    if not words:
        return ""
    first = draw.random.randrange(len(words))
    last = min(first + draw.number(1, 4), len(words))
    return _enclose(words, first, last, draw.random.choice(BRACKETS))


def write_quotes(draw: Draw) -> str:
    """Put a text, or a part of it, in quotation marks of its language."""
    marks = draw.random.choice(QUOTES[draw.code])
    words = draw.cut(write_sentence(draw), draw.number(8, 65)).split()
    if not words:
        return ""
    first = draw.random.choice((0, draw.random.randrange(len(words))))
    last = draw.random.choice((len(words), min(first + draw.number(1, 4), len(words))))
    return _enclose(words, first, last, marks) + draw.slot("end_of_quote")


def _enclose(words: list[str], first: int, last: int, marks: tuple[str, str]) -> str:
    """Put marks around the words from first to before last."""
    left, right = marks
    enclosed = f"{left}{' '.join(words[first:last])}{right}"
    return " ".join([*words[:first], enclosed, *words[last:]])


def write_northern(draw: Draw) -> str:
    """Write a name, a street, a town or a sentence with one of the letters å, ø and æ."""
    faker = draw.random.choice(draw.northern)
    for _ in range(TRIES):
        sentence = draw.fill(draw.random.choice(PARTS["letters"]["north"]))
        text = draw.pick(
            draw.cut(sentence, draw.number(25, LONGEST)),
            f"{faker.first_name()} {faker.last_name()}",
            write_street(faker),
            f"{faker.postcode()} {faker.city()}",
        )
        if not NORTHERN_LETTERS.isdisjoint(text):
            break
    return text.upper() if draw.random.random() < NORTHERN_CAPITALS else text


def write_signs(draw: Draw) -> str:
    """Write words with signs that are rare in sentences."""
    parts = [
        draw.pick(
            draw.word(),
            "".join(draw.random.choices(SIGNS, k=draw.number(1, 6))),
            str(draw.number(0, 99)),
        )
        for _ in range(draw.number(1, 5))
    ]
    return " ".join(parts)


IN_CAPITALS: tuple[Callable[[Draw], str], ...] = (
    write_sentence, write_sentence, write_letter, write_heading,
    write_name, write_label, write_short, write_address,
)  # fmt: skip
