"""OPUS-MT: the translators that the University of Helsinki publishes on the Hugging Face Hub.

Tiedemann & Thottingal 2020, "OPUS-MT: Building open translation services for the World". There are
more than a thousand; those listed here are the well-known ones. Any other name can be pulled, too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from dltasks.hub.models import HubModel

NAME = re.compile(r"opus-mt-(?:[\w.]+-)*?(?P<source>[A-Za-z_]+)-(?P<target>[A-Za-z_]+)")
BIG = "tc-big-"  # before the pair: the larger networks of the Tatoeba challenge
SIZE_MB, BIG_SIZE_MB = 310, 480  # of a download, about

# Source language: target languages. ROMANCE, mul and the like are groups of languages.
_PAIRS = """
en: ROMANCE CELTIC af ar az bg ca ceb cs cy da de el eo es et eu fi fr ga gl ha he hi ht hu hy id ig
en: is it jap lg ln mg mk ml mr mt mul nl ny om ro ru rw sk sm sn sq sv sw ti tl tn to ts uk ur vi
en: xh zh gem gmq gmw ine itc roa sla trk zle zls zlw
ROMANCE: en
CELTIC: en
SCANDINAVIA: SCANDINAVIA
NORTH_EU: NORTH_EU
mul: en
gem: en gem
gmq: en gmq
gmw: en gmw
ine: en ine
itc: en itc
roa: en
sla: en sla
trk: en
zle: en zle
zls: en zls
zlw: en zlw
af: en de es fi fr nl ru sv
ar: en de el es fr he it pl ru tr
az: en es tr
bg: en de es fr it ru tr uk
bn: en
ca: en de es fr it nl pt uk
ceb: en es fi fr sv
cs: en de fi fr sv uk
cy: en
da: en de es fi fr no ru
de: en ZH bg ca cs da el eo es et eu fi fr he hr hu is it lt ms nl no pl tl uk vi
ee: en
el: fi fr sv
eo: en de es fr
es: en ar ca cs da de el eo et eu fi fr gl he hr id it lt mk nl no pl ro ru sl uk vi
et: en de es fi fr ru sv
eu: en de es ru
fi: en de es fr it ru sv uk
fr: en ar bg ca de el eo es he hu id no pl ro ru sv uk vi
ga: en
gl: en es pt
ha: en es fi fr sv
he: ar de es it ru sv uk
hi: en ur
hr: es fi fr sv
ht: en es fi fr sv
hu: en de fi fr sv uk
hy: en ru
id: en es fi fr sv
ig: en de es fi fr sv
is: en de es fr it sv
it: en ar bg ca de es fr lt sv uk vi
ja: en ar bg da de es fi fr he hu it ms nl pl pt ru sv tr vi
ka: en ru
ko: en de es fi fr hu ru sv
lt: de es fr it pl ru sv tr
lv: en es fi fr ru sv
mk: en es fi fr
ml: en
mr: en
mt: en es fi fr sv
nl: en af ca es fi fr no sv uk
no: da de es fi fr nl pl ru sv uk
pa: en
pl: en ar de es fr lt no sv uk
pt: ca gl tl uk
ro: fi fr sv
ru: en af ar bg da es et eu fi fr he hy lt lv no sl sv uk vi
sk: en es fi fr sv
sl: es fi fr ru sv uk
sq: en es sv
sv: en bg cs el es et fi fr hr hu lv no ro ru sk sl th
th: en fr
tl: en de es pt
tr: en ar az es fr lt sv uk
uk: en bg ca cs de es fi fr he hu it nl no pl pt ru sl sv tr
ur: en
vi: en de es fr it ru
xh: en es fr sv
zh: en bg de fi he it ms nl sv uk vi
"""
_BIG_PAIRS = """
en: ar bg el es fi fr hu it ko pt ro tr
ar: en
bg: en
fi: en
fr: en
hu: en
it: en
tr: en
"""


def _names(pairs: str, infix: str = "") -> list[str]:
    rows = [line.split(":") for line in pairs.strip().splitlines()]
    return [
        f"opus-mt-{infix}{source}-{target}"
        for source, targets in rows
        for target in targets.split()
    ]


NAMES = [*_names(_PAIRS), *_names(_BIG_PAIRS, BIG)]


def parse(name: str) -> tuple[str, str] | None:
    """Give the codes (source, target) of a model's name; None where it is none of OPUS-MT's."""
    found = NAME.fullmatch(name)
    return (found["source"], found["target"]) if found else None


@dataclass(frozen=True)
class PublishedTranslator(HubModel):
    """A translator on the Hub.

    Attributes:
        source: the code of the language, or the group of languages, that it translates from.
        target: of those that it translates to.
    """

    source: str
    target: str

    task: ClassVar[str] = "translation"
    owner: ClassVar[str] = "Helsinki-NLP"
    paper: ClassVar[str] = (
        "Tiedemann & Thottingal 2020, OPUS-MT: Building open translation services for the World"
    )
    further_files: ClassVar[tuple[str, ...]] = ("target_vocab.json", "README.md")
    training_data = "sentence pairs of OPUS, a collection of texts with their translations"
    needed_files = ("config.json", "source.spm", "target.spm", "vocab.json")

    @property
    def size_mb(self) -> int:
        return BIG_SIZE_MB if f"-{BIG}" in self.name else SIZE_MB


def find(name: str) -> PublishedTranslator | None:
    """Give the translator of that name; None where it is none of OPUS-MT's names."""
    pair = parse(name)
    return PublishedTranslator(name, *pair) if pair else None
