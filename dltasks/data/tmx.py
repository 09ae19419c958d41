"""Read translation memories (TMX 1.4): the first two languages of each unit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from xml.etree import ElementTree

from dltasks.data.pair import Pair, make_pair
from dltasks.data.pair_tables import SIDES, as_languages
from dltasks.data.remote import DataPath, readable
from pipelines.errors import ConfigurationError

LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"


def read_tmx(path: DataPath, split: str, options: Mapping[str, str]) -> Iterator[Pair]:
    """Read pairs; the languages are in the order in which the first unit has them.

    Args:
        path: of the file.
        split: of the pairs.
        options: "source" and "target", the languages, if not the first two.

    Raises:
        ConfigurationError: the file is damaged.
    """
    languages = [options[side].lower() for side in SIDES if options.get(side)]
    try:
        units = (item for _, item in ElementTree.iterparse(readable(str(path))) if item.tag == "tu")
        for number, unit in enumerate(units, start=1):
            texts = dict(_variants(unit))
            languages = languages if len(languages) == 2 else list(texts)[:2]
            source, target, *_ = (*(texts.get(language, "") for language in languages), "", "")
            unit.clear()  # or the whole file would stay in memory
            origin = f"{path.name} unit {number}"
            named = as_languages(*(*languages, "", "")[:2])
            yield replace(make_pair(source, target, path, number, split, named), origin=origin)
    except ElementTree.ParseError as error:
        raise ConfigurationError(f"{path}: not TMX: {error}; fix it") from None


def _variants(unit: ElementTree.Element) -> Iterator[tuple[str, str]]:
    for variant in unit.iter("tuv"):
        language = variant.get(LANGUAGE) or variant.get("lang") or ""
        segment = variant.find("seg")
        text = "" if segment is None else "".join(segment.itertext())
        yield language.lower().partition("-")[0], text
