"""Documents that are ZIP archives of XML: Word's and OpenDocument's.

Parts that have no text stay byte for byte. The parser resolves no entities and opens no files.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from pipelines.errors import InputError, MissingExtraError

MOST_PARTS = 10_000
MOST_BYTES = 256 << 20  # unpacked, of all parts
MOST_BYTES_OF_XML = 16 << 20  # of a part that is parsed; a novel has 5
NOT_XML = re.compile("[\0-\x1f\ud800-\udfff\ufffe\uffff]")
ZIP_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    OSError,
    EOFError,
    ValueError,
    NotImplementedError,
    RuntimeError,
)


class Package:
    """The parts of a document.

    Args:
        content: of the file.
        origin: its name.

    Raises:
        InputError: it is no archive, is damaged, or is a danger to whoever unpacks it.
        MissingExtraError: lxml is not installed.
    """

    def __init__(self, content: bytes, origin: str) -> None:
        require_lxml(origin)
        self._origin = origin
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(content))
        except ZIP_ERRORS as error:
            raise self._damaged(error) from None
        self._parts = self._archive.infolist()
        self.names = [part.filename for part in self._parts]
        self._check()

    def read(self, name: str) -> Any:
        """Give the root of an XML part.

        Raises:
            InputError: it is missing, damaged, too large, or has a DOCTYPE.
        """
        from lxml import etree

        if name not in self.names:
            raise self._refused(f"its part {name!r} is missing")
        if self._archive.getinfo(name).file_size > MOST_BYTES_OF_XML:
            raise self._refused(f"its part {name!r} has more than {MOST_BYTES_OF_XML:,} bytes")
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
        try:
            root = etree.fromstring(self._archive.read(name), parser)
        except (etree.XMLSyntaxError, *ZIP_ERRORS) as error:
            raise self._damaged(error) from None
        if root.getroottree().docinfo.doctype:
            raise self._refused(f"its part {name!r} has a DOCTYPE, which no such document needs")
        return root

    def write(self, changed: Mapping[str, Any]) -> bytes:
        """Give the document with other roots for some of its parts; the others stay.

        Raises:
            InputError: another part is damaged.
        """
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            for part in self._parts:
                root = changed.get(part.filename)
                try:
                    data = self._archive.read(part) if root is None else _to_xml(root)
                except ZIP_ERRORS as error:
                    raise self._damaged(error) from None
                kept = zipfile.ZipInfo(part.filename, part.date_time)
                kept.compress_type = part.compress_type
                kept.external_attr = part.external_attr
                archive.writestr(kept, data)
        return file.getvalue()

    def _check(self) -> None:
        if len(self._parts) > MOST_PARTS:
            raise self._refused(f"it has more than {MOST_PARTS:,} parts")
        if sum(part.file_size for part in self._parts) > MOST_BYTES:
            raise self._refused(f"it unpacks to more than {MOST_BYTES:,} bytes")
        if len(set(self.names)) < len(self.names):
            raise self._refused("two of its parts have one name")
        for part in self._parts:
            path = PurePosixPath(part.filename)
            if path.is_absolute() or ".." in path.parts or "\\" in part.filename:
                raise self._refused(f"its part {part.filename!r} leaves the archive")
            if part.flag_bits & 1:
                raise self._refused("it has a password; take that off first")

    def _refused(self, why: str) -> InputError:
        return InputError(f"{self._origin}: cannot be used: {why}")

    def _damaged(self, error: Exception) -> InputError:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        return InputError(f"{self._origin}: damaged: {reason}; save it again")


def require_lxml(origin: str) -> None:
    """Say which extra is missing.

    Raises:
        MissingExtraError: lxml is not installed.
    """
    try:
        import lxml  # noqa: F401
    except ModuleNotFoundError:
        raise MissingExtraError(
            f'{origin} needs lxml, which is not installed; run: pip install "dltasks[documents]"'
        ) from None


def xml_text(text: str) -> str:
    """Give a text without line breaks and without what XML cannot hold."""
    return NOT_XML.sub("", " ".join(re.split(r"[\r\n\t]+", text)))


def _to_xml(root: Any) -> bytes:
    from lxml import etree

    tree = root.getroottree()
    content = etree.tostring(
        tree, xml_declaration=True, encoding="UTF-8", standalone=tree.docinfo.standalone
    )
    return bytes(content)
