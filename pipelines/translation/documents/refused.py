"""Files whose texts cannot be replaced in place, and what to do with each."""

from __future__ import annotations

from collections.abc import Iterable

_PRINTED = "save its text as .txt, or convert it to .docx or .odt"
_OFFICE = "save it as .docx or .odt"
_DATA = "put the texts that are to be translated into a .txt file, one a line"
_MARKUP = "convert it to Markdown (.md), such as with pandoc"
_BOOK = "unpack it, and translate its .xhtml files"
_SUBTITLES = "convert it to .srt or .vtt"
_CATALOGUE = "convert it to .po"
_BINARY = "give a file of text"


def _all(endings: str, remedy: str) -> Iterable[tuple[str, str]]:
    return ((f".{ending}", remedy) for ending in endings.split())


# Ending -> remedy.
REFUSED = dict(
    (
        *_all("pdf ps djvu", _PRINTED),
        *_all("doc docm dot dotx rtf wps pages fodt ott sxw", _OFFICE),
        *_all("json jsonl yaml yml toml xml csv tsv xls xlsx ods numbers pptx ppt odp", _DATA),
        *_all("sqlite db parquet ini properties strings plist svg ipynb", _DATA),
        *_all("tex rst adoc", _MARKUP),
        *_all("epub mobi azw3", _BOOK),
        *_all("ass ssa sub idx ttml dfxp sbv", _SUBTITLES),
        *_all("mo xlf xliff ts resx", _CATALOGUE),
        *_all("zip gz bz2 xz 7z rar tar exe dll so bin", _BINARY),
        *_all("png jpg jpeg gif webp tif tiff bmp mp3 mp4 wav flac ogg mkv avi mov", _BINARY),
    )
)
