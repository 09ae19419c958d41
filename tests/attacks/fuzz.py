"""Damage real files at random, and read them: `python -m tests.attacks.fuzz READER COUNT SEED`.

Each reader gets whole files of its formats, of which some bytes are changed, cut, doubled or
swapped. It has to succeed or to raise one of our errors, in 10 seconds and with one gigabyte more.
"""

from __future__ import annotations

import io
import json
import random
import resource
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from pipelines.errors import DltasksError
from tests.office import make_open_document, make_word

ROOT = Path(__file__).resolve().parents[2]
MODELS = ROOT / "saved_models"
MOST_SECONDS = 10
MOST_BYTES = 1 << 30
SHOWN = 200  # characters of an error
FOLDER = Path(tempfile.mkdtemp(prefix="fuzz-"))


def damage(content: bytes, draw: random.Random) -> bytes:
    """Change some bits of a file, or one to six places."""
    changed = bytearray(content)
    if draw.random() < 0.5:
        for _ in range(draw.randint(1, 3)):
            changed[draw.randrange(len(changed))] ^= 1 << draw.randrange(8)
        return bytes(changed)
    for _ in range(draw.choice((1, 1, 2, 3, 6))):
        if not changed:
            break
        place = min(draw.randrange(len(changed)), draw.randrange(len(changed)))  # early ones often
        length = draw.choice((1, 1, 2, 4, 16, 200))
        kind = draw.randrange(7)
        if kind == 0:
            changed[place] ^= 1 << draw.randrange(8)
        elif kind == 1:
            changed[place : place + length] = draw.randbytes(length)
        elif kind == 2:
            del changed[place:]
        elif kind == 3:
            del changed[place : place + length]
        elif kind == 4:
            changed[place:place] = changed[place : place + length] * draw.randint(1, 20)
        elif kind == 5:
            changed[place : place + 4] = draw.choice((b"\xff" * 4, bytes(4), b"\x7f\xff\xff\xff"))
        else:
            other = draw.randrange(len(changed))
            changed[place : place + length] = changed[other : other + length]
    return bytes(changed)


# Images


def pictures() -> list[bytes]:
    from PIL import Image

    with Image.open(ROOT / "examples" / "cat.jpg") as opened:
        small = opened.convert("RGB").resize((48, 40))
    found = []
    for form in ("JPEG", "PNG", "GIF", "BMP", "PPM", "WEBP", "TIFF", "AVIF"):
        for picture in (small, small.convert("L"), small.quantize(16)):
            file = io.BytesIO()
            try:
                picture.save(file, form)
            except (OSError, ValueError):
                continue
            found.append(file.getvalue())
    return found


def read_picture(content: bytes) -> None:
    from pipelines.images import ImagePreprocessing, read_image

    read_image(content, ImagePreprocessing(32, 32))


def read_page(content: bytes) -> None:
    from pipelines.handwriting.lines import LinePreprocessing, normalise_line
    from pipelines.handwriting.pages import find_lines
    from pipelines.images import read_page

    for line in find_lines(read_page(content).grey):
        normalise_line(line.grey, LinePreprocessing(32))


def scans() -> list[bytes]:
    from PIL import Image

    from tests.documents import make_pdf, make_tiff, write_raw_pdf

    sheets = [Image.new("L", (40, 30), grey) for grey in (0, 200)]
    return [make_pdf(sheets), make_tiff(sheets), write_raw_pdf(["", ""])]


def read_scan(content: bytes) -> None:
    from pipelines.images import open_pages, read_page

    for page, _ in zip(open_pages(content), range(3), strict=False):
        with suppress(DltasksError):
            read_page(page)


# Recordings


def recordings() -> list[bytes]:
    import soundfile

    sound = np.random.default_rng(0).uniform(-0.5, 0.5, (4000, 2))
    found = []
    for form, kind in (
        *(("WAV", kind) for kind in ("PCM_16", "PCM_24", "FLOAT", "ULAW", "MS_ADPCM")),
        ("FLAC", "PCM_16"),
        ("OGG", "VORBIS"),
        ("MP3", "MPEG_LAYER_III"),
        ("AIFF", "PCM_16"),
    ):
        file = io.BytesIO()
        soundfile.write(file, sound, 16_000, format=form, subtype=kind)
        found.append(file.getvalue())
    return found


def read_recording(content: bytes) -> None:
    from pipelines.audio import read_audio

    read_audio(content)


# Texts and documents


def documents() -> list[bytes]:
    subtitles = "\ufeff1\n00:00:01,000 --> 00:00:02,500\n- Hello <i>you</i>\n- Yes\n\n2\n"
    subtitles += "00:00:03,000 --> 00:00:04,000\nGood bye\n"
    catalogue = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
    catalogue += (
        '#, fuzzy\nmsgid "%d file"\nmsgid_plural "%d files"\nmsgstr[0] ""\n\nmsgid "Save"\n'
    )
    captions = (
        "WEBVTT\r\n\r\nNOTE a\r\n\r\n00:01.000 --> 00:02.000 line:1\r\n<v Anna>Hi &amp; bye\r\n"
    )
    markdown = "---\na: b\n---\n# A *b*\n\n- [x](y) `c` <b>d</b>  \n  e\n"
    markdown += "\n| a | b |\n|---|---|\n| c \\| | ![d](e) |\n"
    page = '<!DOCTYPE html><html lang="en"><title>A</title><p>B <b title="c">d</b>'
    page += " &amp; <code>e</code>"
    page += '<!-- f --><script>g</script><br><span translate="no">h</span></p></html>'
    return [
        subtitles.encode(),
        (catalogue + 'msgstr ""\n').encode(),
        captions.encode(),
        markdown.encode(),
        page.encode(),
        make_word(
            "<w:p><w:r><w:t>A </w:t></w:r><w:r><w:rPr><w:b/></w:rPr><w:t>b</w:t></w:r></w:p>"
        ),
        make_open_document("<text:p>A <text:span>b</text:span><text:line-break/>c</text:p>"),
    ]


def read_document(content: bytes) -> None:
    from pipelines.translation.documents import READERS

    for reader in READERS.values():
        with suppress(DltasksError):
            document = reader(content, "document", "es")
            document.fill(document.texts)


def texts() -> list[bytes]:
    line = (
        'Héllo <b>{name}</b>, it is 12:30! "Quoted" (see http://example.org/a?b=1, a@b.org). 50 %'
    )
    return [(line + "\n%s &nbsp; ${x} 日本語 — 1,000.50 e.g. Mr. Smith…\r\n").encode()] * 3


@cache
def translator() -> Any:
    from pipelines import load

    return load("translation", device="cpu")


def plan_translation(content: bytes) -> None:
    from pipelines.options import TranslationOptions
    from pipelines.translation.keeping import Keeper

    text = translator().decode(content, TranslationOptions())
    plan = translator()._planner.plan([text], Keeper(is_foreign=translator()._foreign))[0]
    plan.fill([""] * len(plan.jobs))


# Data sets


def tables() -> list[bytes]:
    rows = [
        {"path": "a.png", "label": "cat", "text": "a cat", "split": "train", "en": "x", "es": "y"}
    ]
    return [
        b"path\ttext\na.png\tone\nb.png\ttwo\n",
        b"path,label,split\na.png,cat,train\nb.png,dog,valid\n",
        b"Go.\tVe.\nHi!\tHola!\n",
        "".join(json.dumps(row) + "\n" for row in rows * 2).encode(),
    ]


def read_tables(content: bytes) -> None:
    from dltasks.data.pairs import read_pairs
    from dltasks.data.sources import read_examples
    from dltasks.data.texts import read_texts
    from dltasks.data.transcripts import read_transcripts

    for ending in (".tsv", ".csv", ".jsonl"):
        path = FOLDER / f"data{ending}"
        path.write_bytes(content)
        for read in (
            lambda name: read_examples(name, {".png"}),
            lambda name: read_transcripts(name, {".png"}),
            read_pairs,
            read_texts,
        ):
            with suppress(DltasksError):
                read(str(path))


def markups() -> list[bytes]:
    page = """<?xml version="1.0"?><PcGts xmlns="http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15">
<Page imageFilename="a.png" imageWidth="100" imageHeight="50"><TextRegion id="r"><TextLine id="l">
<Coords points="0,0 99,0 99,20 0,20"/><TextEquiv index="0"><Unicode>one</Unicode></TextEquiv>
</TextLine></TextRegion></Page></PcGts>"""
    alto = """<alto xmlns="http://www.loc.gov/standards/alto/ns-v4#"><Description><sourceImageInformation>
<fileName>a.png</fileName></sourceImageInformation></Description><Layout><Page><PrintSpace><TextBlock>
<TextLine ID="l" HPOS="0" VPOS="0" WIDTH="90" HEIGHT="20"><String CONTENT="one"/><SP/>
<String CONTENT="two"/></TextLine></TextBlock></PrintSpace></Page></Layout></alto>"""
    memory = """<tmx version="1.4"><header srclang="en"/><body><tu><tuv xml:lang="en">
<seg>Go <b>on</b></seg></tuv><tuv xml:lang="es"><seg>Vaya</seg></tuv></tu></body></tmx>"""
    return [page.encode(), alto.encode(), memory.encode()]


def read_markup(content: bytes) -> None:
    from PIL import Image

    from dltasks.data.page_xml import read_pages
    from dltasks.data.pairs import read_pairs
    from pipelines.handwriting.page_xml import LaidOutPage, read_layout

    path, memory = FOLDER / "page.xml", FOLDER / "memory.tmx"
    if not (FOLDER / "a.png").exists():
        Image.new("L", (100, 50), 200).save(FOLDER / "a.png")
    path.write_bytes(content)
    memory.write_bytes(content)
    grey = Image.new("L", (100, 50), 200)
    readers: tuple[Callable[[], Any], ...] = (
        lambda: read_pages([path]),
        lambda: read_pairs(str(memory)),
        lambda: LaidOutPage(grey, read_layout(path)).cut(grey, 1.0),
    )
    for read in readers:
        with suppress(DltasksError):
            read()


# Bundles


def graphs() -> list[bytes]:
    from tests.graphs import make_tiny_graph

    return [make_tiny_graph()]


def real_graphs() -> list[bytes]:
    names = (
        "speech-digits-en/model.onnx",
        "everyday-en-es/step.onnx",
        "text-shakespeare/model.onnx",
    )
    return [(MODELS / name).read_bytes() for name in names]


def check_real_graph(content: bytes) -> None:
    from pipelines.bundle.graph_check import check_graph

    check_graph(content, "model.onnx")


def run_graph(content: bytes) -> None:
    from pipelines.session import Graph, expect

    graph = Graph(content, origin="model.onnx", device="cpu", threads=1)
    expect(graph.run(image=np.zeros((1, 8, 8, 3), np.uint8)), (1, 3))


LIGHT = ("speech-digits-en", "text-shakespeare")  # bundles


def manifests() -> list[bytes]:
    for name in LIGHT:
        shutil.copytree(MODELS / name, FOLDER / "bundle", dirs_exist_ok=True)
    return [(MODELS / name / "bundle.json").read_bytes() for name in LIGHT]


def read_manifest(content: bytes) -> None:
    from pipelines import load

    (FOLDER / "bundle" / "bundle.json").write_bytes(content)
    load(FOLDER / "bundle", device="cpu")


def vocabularies() -> list[bytes]:
    return [(MODELS / "everyday-en-es" / "pieces.model").read_bytes()]


def read_vocabulary(content: bytes) -> None:
    from pipelines.translation.pieces import TranslationPieces

    pieces = TranslationPieces(content, origin="pieces.model")
    pieces.decode(pieces.encode("Hello, world! Größe")[:20])
    pieces.special()


def archives() -> list[bytes]:
    file = io.BytesIO()
    np.savez(file, a=np.arange(9, dtype=np.float32), strings1=np.array(["a", "b"]))
    compressed = io.BytesIO()
    np.savez_compressed(compressed, counts1=np.ones(50, np.int32), b=np.zeros((3, 4)))
    return [file.getvalue(), compressed.getvalue()]


def read_archive(content: bytes) -> None:
    import hashlib

    from dltasks.training.checkpoint import load
    from pipelines.bundle.folder import Bundle, FileRecord

    path = FOLDER / "weights.npz"
    path.write_bytes(content)
    record = FileRecord(hashlib.sha256(content).hexdigest(), len(content))
    bundle = Bundle(FOLDER, "fuzz", "handwriting", {}, {}, {"weights.npz": record})
    load(path)
    bundle.read_arrays("weights.npz")


def checkpoints() -> list[bytes]:
    from tests.attacks.test_checkpoints import Stored, write_checkpoint

    content = {"a": Stored("0", (2, 2), (2, 1)), "b": [Stored("0", (4,), (1,)), 3, "text"]}
    path = write_checkpoint(FOLDER / "sound.pt", content)
    return [path.read_bytes()]


def read_torch(content: bytes) -> None:
    from dltasks.torch_checkpoint import read_checkpoint

    path = FOLDER / "weights.pt"
    path.write_bytes(content)
    read_checkpoint(path)


def runs() -> list[bytes]:
    text = 'task = "handwriting"\ndata = "lines/labels.tsv"\nout = "my_models/a"\n'
    return [
        (text + '[config]\nsize = "tiny"\n[training]\nepochs = 2\nlearning_rate = 1e-3\n').encode()
    ]


def read_run(content: bytes) -> None:
    from dltasks.tasks.request import read_request

    path = FOLDER / "run.toml"
    path.write_bytes(content)
    read_request(path)


READERS: dict[str, tuple[Callable[[], list[bytes]], Callable[[bytes], None]]] = {
    "pictures": (pictures, read_picture),
    "pages": (pictures, read_page),
    "scans": (scans, read_scan),
    "recordings": (recordings, read_recording),
    "documents": (documents, read_document),
    "texts": (texts, plan_translation),
    "tables": (tables, read_tables),
    "markups": (markups, read_markup),
    "graphs": (graphs, run_graph),
    "real graphs": (real_graphs, check_real_graph),
    "manifests": (manifests, read_manifest),
    "vocabularies": (vocabularies, read_vocabulary),
    "archives": (archives, read_archive),
    "checkpoints": (checkpoints, read_torch),
    "runs": (runs, read_run),
}


def main(name: str, count: int, seed: int) -> None:
    """Read damaged files; say which one failed, and leave it in the temporary folder."""

    def too_slow(*_: object) -> None:
        raise TimeoutError(f"more than {MOST_SECONDS} s")

    seeds, read = READERS[name]
    draw, whole = random.Random(f"{name} {seed}"), seeds()
    for content in whole:
        read(content)  # sound files are read, or the rest would say nothing
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    resource.setrlimit(resource.RLIMIT_DATA, (2 * used + 2 * MOST_BYTES,) * 2)
    signal.signal(signal.SIGALRM, too_slow)
    refused = 0
    for number in range(count):
        content = damage(draw.choice(whole), draw)
        (FOLDER / "last").write_bytes(content)
        try:
            signal.alarm(MOST_SECONDS)
            message = refusal(read, content)
            signal.alarm(0)
            grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - used
            assert grown < MOST_BYTES, f"{grown >> 20} MiB"
            assert "\n" not in message
        except BaseException as error:
            kept = FOLDER / f"{name}-{seed}-{number}"
            kept.write_bytes(content)
            print(f"{kept}: {type(error).__name__}: {str(error)[:SHOWN]}")
            raise
        refused += bool(message)
    print(f"{name}: {count} read, {refused} refused")


def refusal(read: Callable[[bytes], None], content: bytes) -> str:
    """Give the message with which a file is refused; "" where it is not."""
    try:
        read(content)
    except DltasksError as error:
        return str(error)
    return ""


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
