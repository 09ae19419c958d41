"""Read English and Spanish sentences, words and phrases out of packages that carry both.

    pip download --no-deps homeassistant home-assistant-frontend django \\
        jupyterlab-language-pack-es-es
    npm pack antd element-plus vuetify @uppy/locales @ag-grid-community/locale primelocale \\
        @strapi/admin cldr-localenames-full cldr-dates-full cldr-units-full
    apt-get download libreoffice-l10n-es firefox-esr firefox-esr-l10n-es-es thunderbird \\
        thunderbird-l10n-es-es gnome-user-docs debian-handbook

All of them may be used so: MIT, BSD, Apache 2.0, MPL 2.0, the Unicode licence, CC BY-SA 3.0.
"""

from __future__ import annotations

import gettext
import io
import json
import re
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from subprocess import run
from typing import Any

Pair = tuple[str, str]
Files = Mapping[str, bytes]

# A name or a quoted text before a colon, a quoted text, or a brace.
JAVASCRIPT = re.compile(
    r"""(?P<key>\w+|'[^'\n]*'|"[^"\n]*")\s*:(?!//)|(?P<text>'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")"""
    r"""|(?P<open>[{\[])|(?P<close>[}\]])"""
)
FLUENT_MESSAGE = re.compile(r"(?m)^([\w-]+) *= *(.*(?:\n(?: .*|(?=\n +)))*)")
FLUENT_ATTRIBUTE = re.compile(r"\n +\.([\w-]+) *= *(.*)")
PROPERTY = re.compile(r"(?m)^([\w.-]+) *= *(.+)$")
TAGS = re.compile(r"<[^<>]*>")


def read_packages(folder: Path) -> Iterator[tuple[str, str, str]]:
    """Give (English, Spanish, package) of each package in a folder that is known.

    Raises:
        FileNotFoundError: one is not there.
    """
    for name, read in READERS.items():
        found = sorted(folder.glob(f"{name}[-_]*"))
        if not found:
            raise FileNotFoundError(f"{folder}: no package {name}; see the head of {__file__}")
        for english, spanish in read(found[-1]):
            yield english, spanish, name


def _unpack(archive: Path, wanted: str) -> Files:
    """Give the files of an archive whose names match, with their content."""
    pattern = re.compile(wanted)
    if archive.suffix == ".whl":
        return _unzip(archive, pattern)
    if archive.suffix == ".tgz":
        with tarfile.open(archive) as tar:
            members = [member for member in tar if member.isfile() and pattern.search(member.name)]
            return {member.name: tar.extractfile(member).read() for member in members}  # type: ignore[union-attr]
    with tempfile.TemporaryDirectory() as folder:
        run(["dpkg-deb", "-x", archive, folder], check=True)
        found = [path for path in Path(folder).rglob("*") if path.is_file()]
        inner = [path for path in found if path.suffix in (".xpi", ".ja")]
        files = {str(path): path.read_bytes() for path in found if pattern.search(str(path))}
        for path in inner:
            files |= _unzip(path, pattern)
        return files


def _unzip(archive: Path, pattern: re.Pattern[str]) -> Files:
    content = archive.read_bytes()
    with zipfile.ZipFile(io.BytesIO(content)) as whole:
        return {name: whole.read(name) for name in whole.namelist() if pattern.search(name)}


def _shared(english: Mapping[Any, str], spanish: Mapping[Any, str]) -> Iterator[Pair]:
    for key, text in english.items():
        if key in spanish:
            yield text, spanish[key]


def _flatten(tree: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Give the texts in a tree of dictionaries and lists, by their path."""
    if isinstance(tree, str):
        yield path, tree
    elif isinstance(tree, dict):
        for key, value in tree.items():
            yield from _flatten(value, f"{path}/{key}")
    elif isinstance(tree, list):
        for number, value in enumerate(tree):
            yield from _flatten(value, f"{path}/{number}")


def _json_beside(archive: Path, folder: str) -> Iterator[Pair]:
    """Read en.json and es.json of each folder."""
    files = _unpack(archive, rf"{folder}/e[ns](-[0-9a-f]{{32}})?\.json$")
    for name, content in files.items():
        place, _, base = name.rpartition("/")
        if base.startswith("en"):
            others = [other for other in files if other.startswith(f"{place}/es")]
            for other in others:
                english, spanish = json.loads(content), json.loads(files[other])
                yield from _shared(dict(_flatten(english)), dict(_flatten(spanish)))


def _catalogues(archive: Path) -> Iterator[Pair]:
    """Read compiled catalogues of messages."""
    for content in _unpack(archive, r"/es(_ES)?/LC_MESSAGES/.*\.mo$").values():
        for message, text in gettext.GNUTranslations(io.BytesIO(content))._catalog.items():  # type: ignore[attr-defined]
            if isinstance(message, tuple):
                message = message[0] if message[1] == 0 else ""
            english = message.rpartition("\4")[2]
            # A tilde or an underscore before a letter is a keyboard shortcut.
            yield re.sub(r"[~_](?=\w)", "", english), re.sub(r"[~_](?=\w)", "", text)


def _javascript(names: tuple[str, str]) -> Callable[[Path], Iterator[Pair]]:
    def read(archive: Path) -> Iterator[Pair]:
        files = _unpack(archive, "|".join(names))
        texts = [
            dict(_javascript_texts(content.decode()))
            for wanted in names
            for name, content in sorted(files.items())
            if re.search(wanted, name)
        ]
        yield from _shared(texts[0], texts[-1])

    return read


def _javascript_texts(source: str) -> Iterator[tuple[str, str]]:
    """Give the quoted texts of an object, by their path."""
    path: list[str] = []
    key = ""
    for match in JAVASCRIPT.finditer(source):
        if match["key"]:
            key = match["key"].strip("'\"")
        elif match["open"]:
            path.append(key)
        elif match["close"]:
            path = path[:-1]
        else:
            text = re.sub(r"\\(['\"])", r"\1", match["text"][1:-1])
            yield "/".join([*path, key]), text


def _mozilla(folder: Path, program: str) -> Iterator[Pair]:
    """Read Fluent files and properties of a program and of its Spanish language pack."""
    kinds = r"\.(ftl|properties)$"
    english = _unpack(next(folder.glob(f"{program}_*")), kinds)
    spanish = _unpack(next(folder.glob(f"{program}-l10n-es-es_*")), kinds)
    texts = [_mozilla_texts(files) for files in (english, spanish)]
    yield from _shared(*texts)


def _mozilla_texts(files: Files) -> dict[str, str]:
    texts: dict[str, str] = {}
    for name, content in files.items():
        base = re.sub(r".*(en-US|es-ES)/(?=.)", "", name)
        source = content.decode()
        if name.endswith(".properties"):
            texts |= {f"{base}/{key}": text for key, text in PROPERTY.findall(source)}
            continue
        for key, value in FLUENT_MESSAGE.findall(source):
            text, *_ = re.split(r"\n +\.[\w-]+ *=", value)
            texts[f"{base}/{key}"] = " ".join(text.split())
            for attribute, said in FLUENT_ATTRIBUTE.findall(value):
                if not re.search("key$", attribute):
                    texts[f"{base}/{key}.{attribute}"] = said
    return texts


def _pages(archive: Path, english: str, spanish: str, paragraph: str) -> Iterator[Pair]:
    """Read pages of the same structure: paragraph by paragraph where they have as many."""
    files = _unpack(archive, f"/({english}|{spanish})/.*\\.(page|html)$")
    for name, content in files.items():
        other = files.get(name.replace(f"/{english}/", f"/{spanish}/"))
        if f"/{english}/" not in name or other is None:
            continue
        sides = [re.findall(paragraph, text.decode(), re.S) for text in (content, other)]
        if len(sides[0]) == len(sides[1]):
            yield from zip(*([_plain(text) for text in side] for side in sides), strict=True)


def _plain(marked_up: str) -> str:
    import html

    return " ".join(html.unescape(TAGS.sub("", marked_up)).split())


def _cldr(folder: Path) -> Iterator[Pair]:
    """Read names of languages, countries, months, weekdays and units."""
    wanted = r"main/{}/(languages|territories|ca-gregorian|units|dateFields)\.json$"
    for package in ("cldr-localenames-full", "cldr-dates-full", "cldr-units-full"):
        archive = next(folder.glob(f"{package}-*"))
        sides = []
        for code in ("en", "es"):
            files = _unpack(archive, wanted.format(code))
            trees = [json.loads(content)["main"][code] for content in files.values()]
            sides.append({key: text for tree in trees for key, text in _flatten(tree)})
        for key in sides[0]:
            if key in sides[1] and re.search("languages|territories|wide|displayName|long/", key):
                yield sides[0][key], sides[1][key]


READERS: dict[str, Callable[[Path], Iterator[Pair]]] = {
    "homeassistant": lambda path: _json_beside(path, "translations"),
    "home_assistant_frontend": lambda path: _json_beside(path, r"static/translations(/\w[\w-]*)?"),
    "django": _catalogues,
    "jupyterlab": _catalogues,
    "libreoffice-l10n-es": _catalogues,
    "firefox-esr": lambda path: _mozilla(path.parent, "firefox-esr"),
    "thunderbird": lambda path: _mozilla(path.parent, "thunderbird"),
    "gnome-user-docs": lambda path: _pages(
        path, "C", "es", r"<(?:p|title)\b[^>]*>(.*?)</(?:p|title)>"
    ),
    "debian-handbook": lambda path: _pages(
        path, "en-US", "es-ES", r"<div class=\"para\">(.*?)</div>"
    ),
    "antd": _javascript((r"/lib/locale/en_US\.js$", r"/lib/locale/es_ES\.js$")),
    "element-plus": _javascript((r"/lib/locale/lang/en\.js$", r"/lib/locale/lang/es\.js$")),
    "vuetify": _javascript((r"/lib/locale/en\.js$", r"/lib/locale/es\.js$")),
    "uppy-locales": _javascript((r"/lib/en_US\.js$", r"/lib/es_ES\.js$")),
    "strapi-admin": _javascript((r"translations/en\.json\.js$", r"translations/es\.json\.js$")),
    "cldr-localenames-full": lambda path: _cldr(path.parent),
}
