"""Codes of languages: of two letters (ISO 639-1), of three (ISO 639-3), and of Marian's models."""

from __future__ import annotations

from collections.abc import Iterable

# ISO 639-1, and what else names the same language or what is usually meant by it.
_SAME = """
af afr|am amh|ar ara arb|as asm|az aze azj|be bel|bg bul|bn ben|br bre|bs bos|ca cat|cs ces cze
cy cym|da dan|de deu ger|el ell gre|en eng|eo epo|es spa|et est ekk|eu eus baq|fa fas pes|fi fin
fo fao|fr fra fre|fy fry|ga gle|gd gla|gl glg|gu guj|ha hau|he heb iw|hi hin|hr hrv|ht hat|hu hun
hy hye|id ind|ig ibo|is isl|it ita|ja jpn jap|jv jav|ka kat|kk kaz|km khm|kn kan|ko kor|ku kur kmr
ky kir|la lat|lb ltz|lg lug|ln lin|lo lao|lt lit|lv lav lvs|mg mlg plt|mi mri|mk mkd|ml mal|mn mon
mr mar|ms msa zsm|mt mlt|my mya|ne nep npi|nl nld dut|nn nno|no nor nob nb|ny nya|oc oci|or ori ory
pa pan|pl pol|ps pus pbt|pt por pob|qu que|rn run|ro ron|ru rus|rw kin|sa san|sd snd|si sin|sk slk
sl slv|sm smo|sn sna|so som|sq sqi als|sr srp|ss ssw|st sot|su sun|sv swe|sw swa swh|ta tam|te tel
tg tgk|th tha|ti tir|tk tuk|tl tgl fil|tn tsn|to ton|tr tur|ts tso|tt tat|ug uig|uk ukr|ur urd
uz uzb uzn|vi vie|vo vol|wa wln|wo wol|xh xho|yi yid|yo yor|zh zho cmn chi|zu zul
"""
_KNOWN = {
    code: names.split()[0]
    for names in _SAME.replace("\n", "|").split("|")
    for code in names.split()
}
EVERYTHING = "mul"  # the code of all languages that a model knows
EXACT, SAME, REGION, ANY, OTHER = range(5)  # how near two codes are


def distance(wanted: str | None, known: str) -> int:
    """Tell how near a code is to the one that is wanted.

    Args:
        wanted: such as "pt"; None takes every language.
        known: such as "pt", "por", "pt_BR" or "mul".

    Returns:
        EXACT; SAME for another code of the language; REGION where a region or a script is added
        or left out; ANY where all languages are meant; or OTHER.
    """
    if wanted is None or wanted == known:
        return EXACT
    if _canonical(wanted) == _canonical(known):
        return SAME
    regions = ["_" in _canonical(code) for code in (wanted, known)]
    if not all(regions) and language_of(wanted) == language_of(known):
        return REGION
    return ANY if known == EVERYTHING else OTHER


def find_direction(
    directions: Iterable[tuple[str, str]], source: str | None, target: str | None
) -> tuple[str, str] | None:
    """Find the direction nearest to what is wanted, the first of equally near ones.

    Args:
        directions: each (source, target).
        source: the code that is wanted; None takes every language.
        target: likewise.

    Returns:
        One of the directions, or None where there is none between these languages.
    """
    near = [
        (max(distance(source, one), distance(target, other)), number, (one, other))
        for number, (one, other) in enumerate(directions)
    ]
    found = min((item for item in near if item[0] < OTHER), default=None)
    return found[2] if found else None


def _canonical(code: str) -> str:
    """Give the code with that of ISO 639-1 in it: "por-BR" -> "pt_br"."""
    language, *region = code.lower().replace("-", "_").split("_")
    return "_".join([_KNOWN.get(language, language), *region])


def language_of(code: str) -> str:
    """Give the code of ISO 639-1, if there is one, without region: "por_BR" -> "pt"."""
    return _canonical(code).partition("_")[0]
