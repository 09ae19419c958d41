"""Addresses in place of paths, on the file system in memory that TensorFlow brings (ram://)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import tensorflow as tf

from dltasks.data.checks import check
from dltasks.data.pairs import read_pairs
from dltasks.data.recordings import read_recordings
from dltasks.data.remote import RemotePath, data_path, readable
from dltasks.data.sources import read_examples
from dltasks.data.transcripts import read_transcripts
from dltasks.tasks import get_task
from dltasks.tasks.evaluate import evaluate
from dltasks.tasks.train import train
from pipelines import load
from pipelines.errors import ConfigurationError
from pipelines.images import ImagePreprocessing, read_image

from ..tiny import make_request

SUFFIXES = frozenset({".png"})
Copy = Callable[[str], str]


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    """Copy a folder to an address of its own, which it gives."""

    def copy(folder: str) -> str:
        address = f"ram://{tmp_path.name}/data"
        for path in Path(folder).rglob("*"):
            target = f"{address}/{path.relative_to(folder)}"
            tf.io.gfile.makedirs(target if path.is_dir() else target.rpartition("/")[0])
            if path.is_file():
                with tf.io.gfile.GFile(target, "wb") as file:
                    file.write(path.read_bytes())
        return address

    return copy


def test_a_remote_folder_lists_the_examples_of_the_local_one(colours: str, copy: Copy) -> None:
    address = copy(colours)
    local, remote = read_examples(colours, SUFFIXES), read_examples(f"{address}/", SUFFIXES)
    assert [item.source.removeprefix(address) for item in remote] == [
        item.source.removeprefix(colours) for item in local
    ]
    assert [item.target for item in remote] == [item.target for item in local]


def test_a_remote_manifest_names_files_beside_it(colours: str, copy: Copy, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "list.csv").write_text("path,label\nblue/0.png,blue\n", encoding="utf-8")
    address = copy(str(tmp_path / "data"))
    (example,) = read_examples(f"{address}/list.csv", SUFFIXES)
    assert (example.source, example.target) == (f"{address}/blue/0.png", "blue")


def test_a_local_manifest_may_name_remote_files(tmp_path: Path) -> None:
    manifest = tmp_path / "list.csv"
    manifest.write_text("path,label\ngs://bucket/a.png,blue\n", encoding="utf-8")
    (example,) = read_examples(str(manifest), SUFFIXES)
    assert example.source == "gs://bucket/a.png"


def test_remote_images_have_the_pixels_of_local_ones(colours: str, copy: Copy) -> None:
    address, size = copy(colours), ImagePreprocessing(16, 16)
    found = read_image(readable(f"{address}/red/3.png"), size)
    assert (found == read_image(f"{colours}/red/3.png", size)).all()


def test_a_remote_data_set_is_checked_like_a_local_one(colours: str, copy: Copy) -> None:
    task, address = get_task("image-classification"), copy(colours)
    tf.io.gfile.remove(f"{address}/red/3.png")  # ram:// adds to a file that is there
    with tf.io.gfile.GFile(f"{address}/red/3.png", "wb") as file:
        file.write(b"no image")
    examples = task.read_examples(address)
    tf.io.gfile.remove(f"{address}/blue/5.png")
    report = check(examples, task)
    assert [(item.kind, item.example.source) for item in report.bad] == [
        ("missing", f"{address}/blue/5.png"),
        ("damaged", f"{address}/red/3.png"),
    ]
    assert address not in report.bad[1].message


@pytest.mark.usefixtures("tiny")
def test_a_run_on_remote_data_gives_the_figures_of_local_data(
    colours: str, copy: Copy, tmp_path: Path
) -> None:
    address = copy(colours)
    reports = []
    for name, data in (("local", colours), ("remote", address)):
        bundle, report = train(make_request(tmp_path / name, data))
        reports.append(report.metrics)
        measured, _ = evaluate(load(bundle.path), address, None)
        assert measured.skipped == 0
    assert reports[0] == reports[1]


def test_an_address_that_nothing_serves_is_one_line_with_a_remedy() -> None:
    with pytest.raises(ConfigurationError, match=r"^s3://b/x: TensorFlow cannot read s3://.*copy"):
        read_examples("s3://b/x", SUFFIXES)


def test_an_address_where_nothing_is_says_so() -> None:
    with pytest.raises(ConfigurationError, match="'ram://nowhere/x' does not exist"):
        read_examples("ram://nowhere/x", SUFFIXES)


def test_a_missing_remote_file_is_a_missing_file() -> None:
    with pytest.raises(FileNotFoundError, match="ram://nowhere/x"):
        data_path("ram://nowhere/x").read_bytes()


def test_paths_of_this_machine_stay_what_they_are() -> None:
    assert data_path("a/b.png") == Path("a/b.png")
    assert readable("a/b.png") == "a/b.png"


def test_parts_of_an_address() -> None:
    path = RemotePath("gs://bucket/flowers") / "red" / "a.b.PNG"
    assert (str(path), path.name, path.suffix) == (
        "gs://bucket/flowers/red/a.b.PNG",
        "a.b.PNG",
        ".PNG",
    )
    assert str(path.parent) == "gs://bucket/flowers/red"
    assert path.relative_to(RemotePath("gs://bucket/flowers")) == Path("red/a.b.PNG")
    assert str(path.parent / "s3://other/c") == "s3://other/c"


def test_a_plain_manifest_may_name_files_at_addresses(tmp_path: Path) -> None:
    manifest = tmp_path / "labels.tsv"
    manifest.write_text("gs://bucket/a.wav\tyes\nhere/b.wav\tno\n", encoding="utf-8")
    there, here = read_transcripts(str(manifest), {".wav"})
    assert there.source == "gs://bucket/a.wav"
    assert here.source == str(tmp_path / "here/b.wav")


def test_transcripts_recordings_and_pairs_are_read_at_an_address(
    tmp_path: Path, copy: Copy
) -> None:
    folder = tmp_path / "texts"
    folder.mkdir()
    (folder / "labels.tsv").write_text("a.png\tyes\n", encoding="utf-8")
    (folder / "b.png").touch()
    (folder / "b.txt").write_text("no", encoding="utf-8")
    (folder / "pairs.tsv").write_text("one\tuno\n", encoding="utf-8")
    address = copy(str(folder))
    for read in (read_transcripts, read_recordings):
        (example,) = read(address, {".png"})
        assert (example.source, example.target) == (f"{address}/a.png", "yes")
    (pair,) = read_pairs(f"{address}/pairs.tsv")
    assert (pair.source, pair.target) == ("one", "uno")


def test_files_with_a_text_beside_are_read_at_an_address(tmp_path: Path, copy: Copy) -> None:
    folder = tmp_path / "lines"
    folder.mkdir()
    (folder / "b.png").touch()
    (folder / "b.txt").write_text("no", encoding="utf-8")
    address = copy(str(folder))
    (example,) = read_transcripts(address, {".png"})
    assert (example.source, example.target) == (f"{address}/b.png", "no")


def test_an_empty_place_is_not_the_current_folder() -> None:
    with pytest.raises(ConfigurationError, match="data '' is empty"):
        data_path("")
