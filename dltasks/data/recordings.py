"""Read recordings with their texts, in the usual layouts of speech data.

    data/labels.tsv                        path<TAB>text, .csv or .jsonl, or a .txt beside each
    LJSpeech-1.1/metadata.csv, wavs/       id|text|text with numbers spelled out
    cv-corpus/de/train.tsv, clips/         Common Voice: dev.tsv and test.tsv beside
    tfds:librispeech, ljspeech, common_voice

No speaker is in two splits, if the data names the speakers.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator

from dltasks.data.encodings import read_text_file
from dltasks.data.examples import Example, split_name
from dltasks.data.remote import DataPath, data_path, readable
from dltasks.data.tables import TFDS_PREFIX
from dltasks.data.transcripts import normalise_text, read_transcripts
from pipelines.audio import HOP, SAMPLE_RATE_HZ, read_audio
from pipelines.errors import ConfigurationError, InputError

LJSPEECH_TABLE, LJSPEECH_FOLDER = "metadata.csv", "wavs"
COMMON_VOICE_TABLES, COMMON_VOICE_FOLDER = ("train.tsv", "dev.tsv", "test.tsv"), "clips"


def read_recordings(location: str, suffixes: Collection[str]) -> list[Example]:
    """List recordings and their texts, in a fixed order; texts in Unicode's form NFC.

    Args:
        location: a manifest, a folder, or "tfds:NAME"; see above.
        suffixes: of the files in a folder that count, in lower case with the dot.

    Raises:
        ConfigurationError: nothing is there, or it is of another layout.
    """
    if location.startswith(TFDS_PREFIX):
        from dltasks.data.tfds.speech import export_recordings

        return read_transcripts(
            str(export_recordings(location.removeprefix(TFDS_PREFIX))), suffixes
        )
    folder = data_path(location)
    if _is_ljspeech(folder):
        return list(_read_ljspeech(folder))
    tables = [folder / name for name in COMMON_VOICE_TABLES]
    if (folder / COMMON_VOICE_FOLDER).is_dir() and tables[0].is_file():
        return [
            example for table in tables if table.is_file() for example in _read_common_voice(table)
        ]
    return read_transcripts(location, suffixes)


def count_frames(example: Example) -> int:
    """Count a recording's frames of 10 ms, by its header alone where it has one."""
    import soundfile

    try:
        about = soundfile.info(readable(example.source))
        return int(-(-round(about.frames * SAMPLE_RATE_HZ / about.samplerate) // HOP))
    except Exception:  # libsndfile's errors: another format, which has to be decoded
        return -(-len(read_audio(readable(example.source))) // HOP)


def _is_ljspeech(folder: DataPath) -> bool:
    table = folder / LJSPEECH_TABLE
    if not table.is_file() or not (folder / LJSPEECH_FOLDER).is_dir():
        return False
    return read_text_file(table).partition("\n")[0].count("|") in (1, 2)


def _read_ljspeech(folder: DataPath) -> Iterator[Example]:
    """Read lines of id|text|spelled-out text; quotes in them are quotes."""
    table = folder / LJSPEECH_TABLE
    for number, line in enumerate(read_text_file(table).split("\n"), start=1):
        if not line.strip():
            continue
        where = f"{table.name} line {number}"
        name, *texts = line.split("|")
        if not texts:
            raise ConfigurationError(f"{where}: {line[:40]!r} has no | in it; write id|text")
        source = folder / LJSPEECH_FOLDER / f"{name}.wav"
        yield Example(str(source), normalise_text(texts[-1] or texts[0]), origin=where)


def _read_common_voice(table: DataPath) -> Iterator[Example]:
    rows = csv.DictReader(read_text_file(table).split("\n"), delimiter="\t", quoting=csv.QUOTE_NONE)
    for row in rows:
        where = f"{table.name} line {rows.line_num}"
        for column in ("path", "sentence"):
            if not row.get(column):
                raise ConfigurationError(f"{where}: no {column!r} in it; get the table again")
        source = table.parent / COMMON_VOICE_FOLDER / row["path"]
        split = split_name(table.stem) or ""
        text, speaker = normalise_text(row["sentence"]), row.get("client_id") or ""
        yield Example(str(source), text, split, where, speaker)


def seconds_of(examples: Collection[Example]) -> float:
    """Add up how long recordings are; those that cannot be read count as nothing."""
    seconds = 0.0
    for example in examples:
        try:
            seconds += count_frames(example) * HOP / SAMPLE_RATE_HZ
        except InputError:
            continue
    return seconds
