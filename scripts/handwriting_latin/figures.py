"""The kinds of texts that are made of figures and signs; their templates are in texts.toml."""

from __future__ import annotations

from scripts.handwriting_latin.draws import PARTS, Draw

TEMPLATES = PARTS["templates"]
WORD_BEFORE_PHONE = 0.35  # of the numbers have "Tel." or the like before them
WORD_BEFORE_WEB = 0.2  # of the addresses have "Mail:" or the like before them


def write_digits(draw: Draw) -> str:
    """Write numbers: whole ones, decimals, ordinals, runs of digits, measures."""
    one = draw.number(0, 10 ** draw.number(1, 7))
    given = {
        "one": one,
        "dotted": f"{one:,}".replace(",", "."),
        "spaced": f"{one:,}".replace(",", " "),
        "unit": draw.slot("unit"),
    }
    return draw.fill_any(TEMPLATES["digits"], **given)


def write_sum(draw: Draw) -> str:
    """Write a calculation or the end of a bill."""
    one, two = draw.number(1, 999), draw.number(1, 999)
    return draw.pick(
        f"{one} + {two} = {one + two}",
        f"{one} - {two} = {one - two}",
        f"{one % 100} x {two % 20} = {(one % 100) * (two % 20)}",
        f"{one} : 2 = {one / 2:g}",
        *(draw.fill(template, total=PARTS["total"][draw.code]) for template in TEMPLATES["bill"]),
    )


def write_phone(draw: Draw) -> str:
    """Write a telephone number of some country, sometimes with a word before it."""
    number = draw.fill_any(TEMPLATES["phone"])
    before = draw.slot("before_phone")
    return f"{before} {number}" if draw.random.random() < WORD_BEFORE_PHONE else number


def write_date(draw: Draw) -> str:
    """Write a date, a time, or both, with a place before them or a span between them."""
    return draw.fill_any(TEMPLATES["date"])


def write_price(draw: Draw) -> str:
    """Write a price, alone or after what it is for."""
    return draw.fill_any(TEMPLATES["price"])


def write_web(draw: Draw) -> str:
    """Write an address of mail or of the web."""
    faker = draw.random.choice((draw.faker, draw.fakers["en"][0]))
    user = faker.user_name()
    hosts = (faker.domain_name(), faker.domain_name(), *PARTS["choices"]["mail_host"])
    given = {
        "user": user,
        "domain": draw.pick(*hosts),
        "family": faker.last_name().lower(),
        "site": faker.domain_name(),
        "page": f"{faker.domain_name()}/{faker.uri_path()}",
        "home": faker.domain_name(),
        "path": f"{faker.domain_name()}/{faker.uri_path()}",
    }
    address = draw.fill_any(TEMPLATES["web"], **given)
    before = draw.slot("before_web")
    return f"{before} {address}" if draw.random.random() < WORD_BEFORE_WEB else address


def write_code(draw: Draw) -> str:
    """Write a code: a reference, a bank account, a licence plate, a postcode, a room."""
    faker = draw.faker
    given = {
        "iban": faker.iban(),
        "plate": faker.license_plate(),
        "postcode": faker.postcode(),
        "town": f"{faker.postcode()} {faker.city()}",
    }
    return draw.fill_any(TEMPLATES["code"], **given)
