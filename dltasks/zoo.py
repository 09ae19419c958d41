"""Published weights that `dltasks models pull` fetches: where they are and how to know them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dltasks.download import DownloadError, check_digest, fetch_file, file_digest
from dltasks.hub import opus_mt, trocr
from dltasks.hub.models import HubModel, get_folder
from dltasks.keras_applications import ADDRESS, APPLICATIONS, Application
from pipelines.bundle.folder import home
from pipelines.errors import BundleError

IMAGENET = "ImageNet (ILSVRC 2012), 1.28 million photographs of 1,000 classes"


@dataclass(frozen=True)
class PublishedFile:
    """A file that goes with published weights.

    Attributes:
        url: of the file.
        digest: its SHA-256, hexadecimal.
    """

    url: str
    digest: str

    @property
    def file_name(self) -> str:
        """The name of the file on its server."""
        return self.url.rpartition("/")[2]


@dataclass(frozen=True)
class PublishedModel:
    """A weights file that somebody else published.

    Attributes:
        name: under which it is pulled.
        task: in the catalogue; the task knows how to make a bundle of the file.
        url: of the file.
        digest: its checksum, hexadecimal.
        algorithm: of the checksum, a name that hashlib knows. Keras publishes MD5, which protects
            from damage, not from forgery; the download itself is HTTPS.
        size_mb: of the download.
        licence: of the weights.
        training_data: what they were trained on.
        paper: where the network is described.
        companion: a file that is needed besides, such as a vocabulary.
    """

    name: str
    task: str
    url: str
    digest: str
    algorithm: str
    size_mb: int
    licence: str
    training_data: str
    paper: str
    companion: PublishedFile | None = None

    @property
    def file_name(self) -> str:
        """The name of the file on its server."""
        return self.url.rpartition("/")[2]

    def origin_of_brought(self, file: Path) -> dict[str, Any]:
        """Say where a file that the user brought is from, where it is not the published one."""
        if is_published_file(self, file):
            return {}
        return {"source": f"{file.name}, not the published file", "licence": "not stated"}


Published = PublishedModel | HubModel


WHISPER = "https://openaipublic.azureedge.net/main/whisper/models"
# The tokens of the multilingual models, as OpenAI publishes them with the code.
WHISPER_VOCABULARY = PublishedFile(
    "https://raw.githubusercontent.com/openai/whisper/main/whisper/assets/multilingual.tiktoken",
    "b34b360dbb493e781e479794586d661700670d65564001f23024971d1f2fa126",
)


def _keras_application(application: Application) -> PublishedModel:
    return PublishedModel(
        name=application.name,
        task="image-classification",
        url=f"{ADDRESS}/{application.path}",
        digest=application.digest,
        algorithm="md5",
        size_mb=application.size_mb,
        licence="as published with Keras Applications (Apache-2.0)",
        training_data=IMAGENET,
        paper=application.paper,
    )


def _whisper(size: str, sha256: str, size_mb: int) -> PublishedModel:
    is_english = size.endswith(".en")
    heard = "of which this model saw the English ones" if is_english else "in 99 languages"
    return PublishedModel(
        name=f"whisper-{size}",
        task="speech-recognition",
        url=f"{WHISPER}/{sha256}/{size}.pt",  # the checksum is a part of the address
        digest=sha256,
        algorithm="sha256",
        size_mb=size_mb,
        licence="MIT",
        training_data=f"680,000 hours of recordings with transcripts from the web, {heard}",
        paper="Radford et al. 2022, Robust Speech Recognition via Large-Scale Weak Supervision",
        companion=None if is_english else WHISPER_VOCABULARY,
    )


_MODELS = (
    *map(_keras_application, APPLICATIONS),
    _whisper(
        "tiny", "65147644a518d12f04e32d6f3b26facc3f8dd46e5390956a9424a650c0ce22b9", size_mb=76
    ),
    _whisper(
        "tiny.en", "d3dd57d32accea0b295c96e26691aa14d8822fac7d9d27d5dc00b4ca2826dd03", size_mb=76
    ),
    _whisper(
        "base", "ed3a0b6b1c0edf879ad9b11b1af5a0e6ab5db9205f891f668f8b0e6c6326e34e", size_mb=145
    ),
    _whisper(
        "base.en", "25a8566e1d0c1e2231d1c762132cd20e0f96a85d16145c3a00adf5d1ac670ead", size_mb=145
    ),
    _whisper(
        "small", "9ecf779972d90ba49c06d968637d720dd632c55bbf19d441fb42bf17a411e794", size_mb=484
    ),
    _whisper(
        "small.en", "f953ad0fd29cacd07d5a9eda5624af0f6bcf2258be67c92b79389873d91e0872", size_mb=484
    ),
)

PUBLISHED: dict[str, PublishedModel] = {model.name: model for model in _MODELS}


def get_published(name: str) -> Published:
    """Look a published model up.

    Raises:
        BundleError: there is no such model.
    """
    found = PUBLISHED.get(name) or trocr.find(name) or opus_mt.find(name)
    if found is None:
        known = ", ".join([*PUBLISHED, *trocr.NAMES])
        raise BundleError(
            f"model {name!r} is not published; `dltasks models pull` knows {known}, and the "
            "translators opus-mt-SOURCE-TARGET, such as opus-mt-en-de"
        )
    return found


def list_published() -> list[Published]:
    """List the models that can be pulled; of translators the well-known ones."""
    return [*PUBLISHED.values(), *map(get_published, [*trocr.NAMES, *opus_mt.NAMES])]


def is_published(name: str) -> bool:
    """Tell whether a name is that of a model that can be pulled, as far as is known here."""
    return bool(PUBLISHED.get(name) or trocr.find(name) or opus_mt.find(name))


def is_published_file(model: PublishedModel, file: Path) -> bool:
    """Tell whether a file is the published one, by its checksum."""
    return file_digest(file, model.algorithm) == model.digest


def get_weights(
    name: str,
    weights: Path | None,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> Path:
    """Give the weights of a published model: the user's own, or a download kept for ever.

    Args:
        name: see `get_published`.
        weights: a file from disk, or a folder for a model of the Hub, or None to download.
        on_progress: called with bytes so far and bytes in all.

    Raises:
        BundleError: the file is not there, cannot be fetched, or was damaged on the way.
    """
    model = get_published(name)
    if isinstance(model, HubModel):
        return get_folder(model, weights, on_progress)
    if weights:
        if not weights.is_file():
            raise BundleError(f"weights file {str(weights)!r} does not exist")
        return weights
    kept = home() / "downloads" / model.file_name
    try:
        return fetch_file(
            model.url,
            kept,
            digest=model.digest,
            algorithm=model.algorithm,
            on_progress=on_progress,
        )
    except DownloadError as error:
        raise BundleError(
            f"{error}. Fetch the file on another machine and run: "
            f"dltasks models pull {name} --weights {model.file_name}"
        ) from None


def get_companion(model: PublishedModel, *, beside: Path) -> Path:
    """Give the file that goes with a model's weights: one that lies beside them, or a download.

    Args:
        model: with a companion.
        beside: the weights file.

    Raises:
        BundleError: the file cannot be fetched, or is another one than the published.
    """
    companion = model.companion
    assert companion is not None
    brought = beside.with_name(companion.file_name)
    kept = brought if brought.is_file() else home() / "downloads" / companion.file_name
    try:
        if brought.is_file():
            check_digest(brought, companion.digest, "sha256", origin=str(brought))
            return brought
        return fetch_file(companion.url, kept, digest=companion.digest, algorithm="sha256")
    except DownloadError as error:
        raise BundleError(
            f"{error}. Fetch the file on another machine, put it beside {model.file_name} and run: "
            f"dltasks models pull {model.name} --weights {model.file_name}"
        ) from None
