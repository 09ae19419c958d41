from __future__ import annotations

from pathlib import Path

import pytest

from dltasks.data.examples import Example
from dltasks.data.sources import read_examples
from pipelines.errors import ConfigurationError

SUFFIXES = {".jpg", ".png"}


def _touch(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def _read(location: Path) -> list[tuple[str, str, str]]:
    """Give (file below the data set, target, split)."""
    root = location if location.is_dir() else location.parent
    return [
        (Path(item.source).relative_to(root).as_posix(), item.target, item.split)
        for item in read_examples(str(location), SUFFIXES)
    ]


def _write(tmp_path: Path, name: str, text: str, encoding: str = "utf-8") -> Path:
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return path


def test_folder_a_class(tmp_path: Path) -> None:
    data = tmp_path / "data"
    _touch(data, "dog/b.JPG", "dog/a.png", "cat/deep/er/c.jpg", "cat/notes.txt", "loose.jpg")
    assert _read(data) == [
        ("cat/deep/er/c.jpg", "cat", ""),
        ("dog/a.png", "dog", ""),
        ("dog/b.JPG", "dog", ""),
    ]


def test_hidden_files_and_folders_are_left_out(tmp_path: Path) -> None:
    data = tmp_path / "data"
    _touch(data, "cat/a.jpg", "cat/._a.jpg", "cat/.git/b.jpg", ".cache/x/c.jpg", "__MACOSX/d.jpg")
    assert _read(data) == [("cat/a.jpg", "cat", "")]


def test_data_below_a_hidden_folder_is_read(tmp_path: Path) -> None:
    data = tmp_path / ".datasets" / "pets"
    _touch(data, "cat/a.jpg")
    assert _read(data) == [("cat/a.jpg", "cat", "")]


def test_a_folder_named_like_an_image_is_no_example(tmp_path: Path) -> None:
    data = tmp_path / "data"
    _touch(data, "cat/album.jpg/a.jpg")
    assert _read(data) == [("cat/album.jpg/a.jpg", "cat", "")]


def test_split_folders_hold_class_folders(tmp_path: Path) -> None:
    data = tmp_path / "data"
    _touch(data, "train/cat/a.jpg", "train/dog/b.jpg", "Validation/cat/c.jpg", "test/dog/d.jpg")
    assert sorted(_read(data)) == [
        ("Validation/cat/c.jpg", "cat", "valid"),
        ("test/dog/d.jpg", "dog", "test"),
        ("train/cat/a.jpg", "cat", "train"),
        ("train/dog/b.jpg", "dog", "train"),
    ]


def test_split_folders_beside_class_folders_are_refused(tmp_path: Path) -> None:
    data = tmp_path / "data"
    _touch(data, "train/cat/a.jpg", "dog/b.jpg")
    with pytest.raises(ConfigurationError, match=r"data '.*data' mixes .* with 'dog'"):
        read_examples(str(data), SUFFIXES)


def test_a_folder_of_loose_files_is_refused_with_the_remedy(tmp_path: Path) -> None:
    data = tmp_path / "data"
    _touch(data, "a.jpg")
    with pytest.raises(ConfigurationError, match="no folders in it; put the files of each class"):
        read_examples(str(data), SUFFIXES)


def test_a_folder_without_any_image_is_refused(tmp_path: Path) -> None:
    data = tmp_path / "data"
    _touch(data, "cat/a.txt")
    with pytest.raises(ConfigurationError, match="has no examples"):
        read_examples(str(data), SUFFIXES)


def test_data_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="'nowhere' does not exist; give a folder"):
        read_examples("nowhere", SUFFIXES)


MANIFESTS = {
    "csv": "path,label,split\na.jpg,cat,train\nsub/b.jpg,dog,VAL\nc.jpg,cat,\n",
    "tsv": "path\tlabel\tsplit\na.jpg\tcat\ttrain\nsub/b.jpg\tdog\tVAL\nc.jpg\tcat\t\n",
    "jsonl": (
        '{"path": "a.jpg", "label": "cat", "split": "train"}\n\n'
        '{"path": "sub/b.jpg", "label": "dog", "split": "VAL"}\n'
        '{"path": "c.jpg", "label": "cat", "split": null}\n'
    ),
}
EXPECTED = [("a.jpg", "cat", "train"), ("sub/b.jpg", "dog", "valid"), ("c.jpg", "cat", "")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("kind", MANIFESTS)
def test_manifest_is_read_with_and_without_byte_order_mark(
    kind: str, encoding: str, tmp_path: Path
) -> None:
    assert _read(_write(tmp_path, f"list.{kind}", MANIFESTS[kind], encoding)) == EXPECTED


@pytest.mark.parametrize("kind", MANIFESTS)
def test_manifest_of_windows_reads_the_same(kind: str, tmp_path: Path) -> None:
    text = MANIFESTS[kind].replace("\n", "\r\n")
    assert _read(_write(tmp_path, f"list.{kind.upper()}", text)) == EXPECTED


def test_examples_of_a_manifest_know_their_line(tmp_path: Path) -> None:
    path = _write(tmp_path, "list.csv", 'path,label\n"a.jpg",cat\n\nb.jpg,"cat, wild"\n')
    first, second = read_examples(str(path), SUFFIXES)
    assert first == Example(str(tmp_path / "a.jpg"), "cat", "", "list.csv line 2")
    assert second == Example(str(tmp_path / "b.jpg"), "cat, wild", "", "list.csv line 4")


def test_absolute_paths_and_other_column_names_are_taken(tmp_path: Path) -> None:
    path = _write(tmp_path, "list.csv", "class,image\ncat,/photos/a.jpg\n")
    (example,) = read_examples(str(path), SUFFIXES)
    assert (example.source, example.target) == ("/photos/a.jpg", "cat")


def test_labels_that_are_numbers_are_names(tmp_path: Path) -> None:
    path = _write(tmp_path, "list.jsonl", '{"path": "a.jpg", "label": 0}\n')
    assert _read(path) == [("a.jpg", "0", "")]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("l.csv", "path,split\na.jpg,train\n", r"l\.csv line 2: no 'label' in it .*path, split"),
        ("l.csv", "path,label\na.jpg,cat\nb.jpg,\n", r"l\.csv line 3: no 'label'"),
        ("l.csv", "path,label\na.jpg,cat\nb.jpg\n", r"l\.csv line 3: no 'label'"),
        ("l.tsv", "path,label\na.jpg,cat\n", r"l\.tsv line 2: no 'path'"),
        (
            "l.jsonl",
            '{"path": "a.jpg", "label": "x"}\n{"label": "x"}\n',
            r"l\.jsonl line 2: no 'path'",
        ),
        (
            "l.csv",
            "path,label,split\na.jpg,cat,hold\n",
            r"l\.csv line 2: split 'hold' is not one of",
        ),
        (
            "l.jsonl",
            '{"path": "a", "label": "x", "split": 3}',
            r"l\.jsonl line 1: split '3' is not",
        ),
        ("l.jsonl", '{"path": "a", "label": "x"}\n{oops\n', r"l\.jsonl line 2: not JSON"),
        ("l.jsonl", '["a.jpg", "cat"]\n', r"l\.jsonl line 1: not a JSON object"),
        ("l.csv", 'path,label\na.jpg,cat\n"b.jpg"x,cat\n', r"l\.csv line 3: not a table"),
        ("l.csv", 'path,label\na.jpg,cat\n"b.jpg,cat\nc.jpg,cat\n', r"l\.csv line 3: not a table"),
        ("l.txt", "a.jpg cat\n", r"l\.txt' is not a \.csv, \.tsv or \.jsonl file"),
        ("l.csv", "", "has no examples"),
    ],
)
def test_a_mistake_in_a_manifest_is_named_with_file_and_line(
    name: str, text: str, message: str, tmp_path: Path
) -> None:
    path = _write(tmp_path, name, text)
    with pytest.raises(ConfigurationError, match=message) as caught:
        read_examples(str(path), SUFFIXES)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", MANIFESTS)
@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
def test_a_manifest_of_another_clear_encoding_is_read(
    kind: str, encoding: str, tmp_path: Path
) -> None:
    path = _write(
        tmp_path, f"list.{kind}", MANIFESTS[kind].replace("dog", "chien à poil"), encoding
    )
    assert "chien à poil" in {item.target for item in read_examples(str(path), SUFFIXES)}


@pytest.mark.parametrize("kind", MANIFESTS)
def test_a_manifest_of_an_unclear_encoding_is_named_with_the_line(
    kind: str, tmp_path: Path
) -> None:
    text = MANIFESTS[kind].replace("dog", "ÿ")
    line = text[: text.index("ÿ")].count("\n") + 1
    path = _write(tmp_path, f"list.{kind}", text, "latin-1")
    with pytest.raises(
        ConfigurationError, match=rf"list\.{kind} line {line}: not UTF-8.*save it as UTF-8"
    ):
        read_examples(str(path), SUFFIXES)
