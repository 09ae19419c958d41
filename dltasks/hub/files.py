"""Fetch a published model of several files from the Hugging Face Hub, each with its checksum.

The Hub lists the files of a repository with their checksums: SHA-256 for large files, and Git's
SHA-1 of its object for the others. All files are those of one revision.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dltasks.download import fetch, fetch_file
from dltasks.durable import write_file
from dltasks.locks import wait_for
from pipelines.errors import BundleError

ADDRESS = "https://huggingface.co"
ADDRESS_VARIABLE = "HF_ENDPOINT"  # the Hub's own name for the address of a mirror
LARGEST_LISTING = 16 << 20  # bytes
LARGEST_SMALL_FILE = 64 << 20  # bytes; the Hub itself takes no larger ones without SHA-256
UNKNOWN_REPOSITORY = (401, 404)  # of HTTP; the Hub does not tell what is private from what is not
OnProgress = Callable[[int, int], None]


@dataclass(frozen=True)
class RemoteFile:
    """A file of a repository.

    Attributes:
        name: its path there.
        url: of this revision.
        revision: of the repository.
        digest: checksum, hexadecimal.
        is_large: whether the checksum is the SHA-256 of the content, not the SHA-1 of Git.
    """

    name: str
    url: str
    revision: str
    digest: str
    is_large: bool


def address() -> str:
    """Give the address of the Hub, or of the mirror that $HF_ENDPOINT names."""
    return (os.environ.get(ADDRESS_VARIABLE) or ADDRESS).rstrip("/")


def list_files(repository: str) -> list[RemoteFile]:
    """List the files of a repository at its newest revision.

    Raises:
        DownloadError: offline, not reachable, or there is no such repository; see its `status`.
        BundleError: the answer is no listing.
    """
    url = f"{address()}/api/models/{repository}?blobs=true"
    try:
        listing = json.loads(fetch(url, limit_bytes=LARGEST_LISTING))
        revision = str(listing["sha"])
        return [_read_entry(repository, revision, item) for item in listing["siblings"]]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BundleError(f"{url}: not a listing of files ({error}); try again later") from None


def fetch_files(
    files: Sequence[RemoteFile], folder: Path, on_progress: OnProgress = lambda done, total: None
) -> None:
    """Fetch files to a folder; each appears under its name only when its checksum is right.

    Args:
        files: of `list_files`.
        folder: where they go; what is there already and has the right checksum is kept.
        on_progress: called with bytes so far and bytes in all, of each large file.

    Raises:
        DownloadError: offline or not reachable.
        BundleError: a checksum is wrong.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        place = folder / file.name
        if file.is_large:
            fetch_file(
                file.url, place, digest=file.digest, algorithm="sha256", on_progress=on_progress
            )
            continue
        with wait_for(place):
            if not place.is_file() or git_digest(place.read_bytes()) != file.digest:
                write_file(place, _fetch_small(file))


def git_digest(content: bytes) -> str:
    """Give the name of a content among Git's objects: the SHA-1 of its size and itself."""
    header = b"blob %d\0" % len(content)
    return hashlib.sha1(header + content, usedforsecurity=False).hexdigest()


def _fetch_small(file: RemoteFile) -> bytes:
    content = fetch(file.url, limit_bytes=LARGEST_SMALL_FILE)
    found = git_digest(content)
    if found != file.digest:
        raise BundleError(
            f"{file.url}: Git's sha1 {found} differs from the expected {file.digest}; the file is "
            "damaged or wrong; download it again"
        )
    return content


def _read_entry(repository: str, revision: str, item: dict[str, Any]) -> RemoteFile:
    name, large = str(item["rfilename"]), item.get("lfs")
    digest = str(large["sha256"] if large else item["blobId"])
    url = f"{address()}/{repository}/resolve/{revision}/{name}"
    return RemoteFile(name, url, revision, digest, bool(large))
