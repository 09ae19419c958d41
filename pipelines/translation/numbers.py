"""Numbers as the languages write them: 4.5 and 4,5; 1,000 and 1.000; €5 and 5 €."""

from __future__ import annotations

import re

# Languages that write a decimal point (CLDR 48, symbols); the others write a comma.
WITH_POINT = frozenset(
    [
        "en",
        "zh",
        "ja",
        "ko",
        "th",
        "he",
        "hi",
        "bn",
        "ta",
        "te",
        "ur",
        "fil",
        "ms",
        "my",
        "si",
        "sw",
        "cy",
        "ga",
        "mt",
        "lo",
        "km",
    ]
)

# Symbols that every language understands; a letter that is also a word, such as "A", is none.
UNITS = (
    r"%|‰|°[CF]?|[€$£¥₹]|(?:k|c|m|µ|n)?m[²³23]?|km/h|m/s|mph|k?g|mg|m?[lL]|ha"
    r"|(?:k|M|G)?Hz|k?Wh?|MW|m?Ah|k?V|k?J|k?cal|h?Pa|dB|[kKMGT]i?B|[MG]bps|px|dpi|fps|ms|s|min|h"
    r"|USD|EUR|GBP|[ap]m|[ap]\.\s?m\."
)
NUMBER = (
    r"(?<![\w.,])[-+−]?(?:(?:US)?[$€£¥]\s?)?\d++(?:[.,:/\u00a0\u202f–-]\d++)*+"
    rf"(?:[ \u00a0\u202f]?(?:{UNITS})(?![\w/]))?+(?!\w)"
)
ORDINAL = r"(?<![\w.,])\d++(?=(?:st|nd|rd|th)\b)"  # its ending is the network's to translate

PART = re.compile(r"\d+(?:[.,]\d+)*")
OF_POINT = re.compile(r"(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d+))?")
OF_COMMA = re.compile(r"(\d{1,3}(?:\.\d{3})+|\d+)(?:,(\d+))?")
BEFORE = re.compile(r"((?:US)?[$€£¥])\s?(.+)")
# What stands before a number that is no quantity.
VERSION = re.compile(
    r"(?:\b(?i:v|version|versión|release|chapter|section|capítulo|sección|figure|figura|table|tabla"
    r"|step|paso)\.?|(?<=\s)[A-ZÀ-ÖØ-Þ][\w+#-]*)\s*$"
)


def convert_number(text: str, source: str, target: str, before: str = "") -> str:
    """Write a number of one language as another one does.

    Args:
        text: the number, with its unit or currency.
        source: code of its language.
        target: code of the wanted one.
        before: the text before it, which tells versions from quantities.
    """
    from_point, to_point = source in WITH_POINT, target in WITH_POINT
    if from_point == to_point or VERSION.search(before):
        return text
    form = OF_POINT if from_point else OF_COMMA
    said = PART.sub(lambda match: _convert_part(match[0], form, to_point=to_point), text)
    currency = BEFORE.fullmatch(said)
    if currency and not to_point and currency[1] == "€":
        return f"{currency[2]} {currency[1]}"
    return said


def _convert_part(part: str, form: re.Pattern[str], *, to_point: bool) -> str:
    match = form.fullmatch(part)
    if match is None:  # a date, a version, or the other language's way
        return part
    group, decimal = (",", ".") if to_point else (".", ",")
    whole = re.sub("[.,]", group, match[1])
    return whole if match[2] is None else f"{whole}{decimal}{match[2]}"
