from __future__ import annotations

from pathlib import Path

import pytest

from dltasks.data.examples import Example
from dltasks.data.sources import read_examples, review_folder
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


def test_a_folder_beside_the_splits_without_a_picture_does_not_matter(tmp_path: Path) -> None:
    data = tmp_path / "data"
    _touch(data, "training/cat/a.jpg", "eval/cat/b.jpg", "annotations/cat.xml")
    (data / "notes").mkdir()
    assert _read(data) == [
        ("eval/cat/b.jpg", "cat", "test"),
        ("training/cat/a.jpg", "cat", "train"),
    ]


def test_split_folders_beside_class_folders_are_refused_with_the_way_out(tmp_path: Path) -> None:
    data = tmp_path / "data"
    _touch(data, "train/cat/a.jpg", "dog/b.jpg")
    with pytest.raises(ConfigurationError, match=r"data '.*data' mixes .* with 'dog'") as caught:
        read_examples(str(data), SUFFIXES)
    assert f"if 'train' is a class, give '{data}?splits=no'" in str(caught.value)


def test_pictures_in_splits_without_classes_are_refused_with_the_way_out(tmp_path: Path) -> None:
    data = tmp_path / "data"
    _touch(data, "train/a.jpg", "test/b.jpg")
    with pytest.raises(ConfigurationError, match="has pictures in 'test', a split") as caught:
        read_examples(str(data), SUFFIXES)
    assert f"if 'test' is a class, give '{data}?splits=no'" in str(caught.value)


def test_a_class_can_be_called_train(tmp_path: Path) -> None:
    data = tmp_path / "vehicles"
    _touch(data, "train/a.jpg", "car/b.jpg", "test/c.jpg")
    examples = read_examples(f"{data}?splits=no", SUFFIXES)
    assert [(item.target, item.split) for item in examples] == [
        ("car", ""),
        ("test", ""),
        ("train", ""),
    ]
    path = _write(tmp_path, "list.csv", "path,label\ntrain/a.jpg,train\n")
    assert [item.target for item in read_examples(str(path), SUFFIXES)] == ["train"]


@pytest.mark.parametrize("option", ["splits=maybe", "split=no"])
def test_an_option_that_is_not_there_is_refused(option: str, tmp_path: Path) -> None:
    _touch(tmp_path, "cat/a.jpg")
    with pytest.raises(ConfigurationError, match="split"):
        read_examples(f"{tmp_path}?{option}", SUFFIXES)


def test_an_option_for_folders_is_refused_for_a_manifest(tmp_path: Path) -> None:
    path = _write(tmp_path, "list.csv", "path,label\na.jpg,cat\n")
    with pytest.raises(ConfigurationError, match="splits=no is for folders; leave it out"):
        read_examples(f"{path}?splits=no", SUFFIXES)


def test_a_linked_class_is_read_and_a_second_name_of_a_class_is_not(tmp_path: Path) -> None:
    data = tmp_path / "data"
    _touch(tmp_path, "data/rose/a.jpg", "elsewhere/b.jpg")
    (data / "tulip").symlink_to(tmp_path / "elsewhere")
    (data / "again").symlink_to(data / "rose")
    assert _read(data) == [("rose/a.jpg", "rose", ""), ("tulip/b.jpg", "tulip", "")]
    assert review_folder(str(data), read_examples(str(data), SUFFIXES)) == []


def _remarks(data: Path, *, options: str = "") -> list[str]:
    """Give what is wrong with folders, ! before what is fatal."""
    location = f"{data}{options}"
    remarks = review_folder(location, read_examples(location, SUFFIXES))
    return [f"{'! ' * remark.is_fatal}{remark.message}" for remark in remarks]


def test_sound_folders_need_no_word(tmp_path: Path) -> None:
    _touch(tmp_path, "a/cat/1.jpg", "a/dog/2.jpg", "a/dog/old/3.jpg", "a/cow/pictures/4.jpg")
    assert _remarks(tmp_path / "a") == []
    _touch(tmp_path, "b/train/cat/1.jpg", "b/train/cat/x/2.jpg", "b/test/cat/3.jpg")
    assert _remarks(tmp_path / "b") == []


def test_empty_class_folders_are_named(tmp_path: Path) -> None:
    _touch(tmp_path, "a/cat/1.jpg", "a/dog/2.jpg", "a/rose/notes.txt")
    (tmp_path / "a" / "tulip").mkdir()
    assert _remarks(tmp_path / "a") == [
        "2 folders have no pictures: 'rose', 'tulip'; add some, or remove the folder"
    ]
    _touch(tmp_path, "b/train/cat/1.jpg", "b/test/cat/3.jpg")
    (tmp_path / "b" / "test" / "dog").mkdir()
    (line,) = _remarks(tmp_path / "b")
    assert line.startswith("1 folder has no pictures: 'test/dog'; ")


def test_classes_that_are_a_level_too_deep_are_named(tmp_path: Path) -> None:
    _touch(tmp_path, "all/flowers/rose/1.jpg", "all/flowers/tulip/2.jpg")
    (line,) = _remarks(tmp_path / "all")
    assert line == (
        "! class 'flowers' has its pictures in 2 folders, 'rose', 'tulip', and is one class; if "
        f"these are the classes, they are too deep: give '{tmp_path}/all/flowers' as data"
    )
    _touch(tmp_path, "deeper/data/flowers/rose/1.jpg", "deeper/data/flowers/tulip/2.jpg")
    (line,) = _remarks(tmp_path / "deeper")
    assert line.endswith(f"too deep: give '{tmp_path}/deeper/data/flowers' as data")
    _touch(tmp_path, "all/animals/cat/1.jpg", "all/animals/dog/2.jpg", "all/car/1.jpg")
    lines = _remarks(tmp_path / "all")
    assert len(lines) == 2
    assert lines[0].startswith("class 'animals' has its pictures in 2 folders, 'cat', 'dog', and")
    assert lines[0].endswith("they are too deep: move them up beside it")


def test_splits_within_a_class_are_refused(tmp_path: Path) -> None:
    _touch(tmp_path, "cat/train/1.jpg", "cat/val/2.jpg", "dog/train/1.jpg", "dog/val/2.jpg")
    first, second = (line for line in _remarks(tmp_path) if line.startswith("!"))
    assert first.startswith(
        "! class 'cat' has the splits train, val in it, which would all be trained on; put the "
        "classes into the splits, as in train/cat, or, if they are no splits, give "
    )
    assert "'dog'" in second
    assert not any(line.startswith("!") for line in _remarks(tmp_path, options="?splits=no"))


def test_splits_a_folder_deeper_are_refused_with_the_folder_to_give(tmp_path: Path) -> None:
    _touch(tmp_path, "pets/train/cat/1.jpg", "pets/test/cat/2.jpg")
    (line,) = _remarks(tmp_path)
    assert line.startswith("! class 'pets' has the splits test, train in it, ")
    assert f"give '{tmp_path}/pets' as data, or, " in line


def test_an_empty_split_is_named(tmp_path: Path) -> None:
    _touch(tmp_path, "train/cat/1.jpg", "train/dog/2.jpg")
    (tmp_path / "valid").mkdir()
    assert _remarks(tmp_path) == [
        "1 folder has no pictures: 'valid'; add some, or remove the folder"
    ]


def test_a_folder_with_a_manifest_and_no_classes_names_the_manifest(tmp_path: Path) -> None:
    _touch(tmp_path, "a.jpg", "labels.csv")
    with pytest.raises(ConfigurationError, match=r"to read its manifest, give '.*/labels\.csv'"):
        read_examples(str(tmp_path), SUFFIXES)


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


@pytest.mark.parametrize(
    "source",
    ["filename", "file_name", "filepath", "image_path", "id", "path", "image", " File Name "],
)
@pytest.mark.parametrize("target", ["class", "category", "label", "label_name", "Class Name"])
def test_the_usual_headings_are_understood(source: str, target: str, tmp_path: Path) -> None:
    path = _write(tmp_path, "list.csv", f"{target},{source},Split\ncat,a.jpg,test\n")
    assert _read(path) == [("a.jpg", "cat", "test")]


def test_a_name_is_taken_before_a_number_and_a_path_before_an_id(tmp_path: Path) -> None:
    path = _write(tmp_path, "list.csv", "id,label,path,label_name\n7,0,a.jpg,cat\n")
    assert _read(path) == [("a.jpg", "cat", "")]


def test_a_name_that_is_too_long_is_no_file(tmp_path: Path) -> None:
    path = _write(tmp_path, "list.csv", f"id,label\n{'x' * 300},cat\nb\\{'y' * 300},dog\n")
    assert [name for name, _, _ in _read(path)] == ["x" * 300, "b/" + "y" * 300]


def test_an_id_is_a_file_without_its_ending(tmp_path: Path) -> None:
    _touch(tmp_path, "0a1b.jpg", "2c.3d.png")
    path = _write(tmp_path, "list.csv", "id,breed,label\n0a1b,x,cat\n2c.3d,x,dog\ngone,x,cow\n")
    assert [name for name, _, _ in _read(path)] == ["0a1b.jpg", "2c.3d.png", "gone"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a.jpg,cat\nb.PNG,dog\n", [("a.jpg", "cat", ""), ("b.PNG", "dog", "")]),
        (
            "cat;a.jpg;val\ndog;b.jpg;train\n",
            [("a.jpg", "cat", "valid"), ("b.jpg", "dog", "train")],
        ),
        ("a.jpg,cat,0.5\n", [("a.jpg", "cat", "")]),
        ("a.jpg,image\n", [("a.jpg", "image", "")]),
    ],
)
def test_a_manifest_may_have_no_heading(
    text: str, expected: list[tuple[str, str, str]], tmp_path: Path
) -> None:
    path = _write(tmp_path, "list.csv", text)
    assert _read(path) == expected
    assert read_examples(str(path), SUFFIXES)[0].origin == "list.csv line 1"


@pytest.mark.parametrize("mark", [";", "\t"])
def test_a_csv_of_another_separator_is_read(mark: str, tmp_path: Path) -> None:
    path = _write(tmp_path, "list.csv", f'path{mark}label\na.jpg{mark}"cat, wild"\n')
    assert _read(path) == [("a.jpg", "cat, wild", "")]


def test_backslashes_are_slashes_unless_a_file_has_them(tmp_path: Path) -> None:
    _touch(tmp_path, "odd\\name.jpg")
    path = _write(tmp_path, "l.csv", "path,label\nrose\\new\\a.jpg,rose\nodd\\name.jpg,rose\n")
    assert [name for name, _, _ in _read(path)] == ["rose/new/a.jpg", "odd\\name.jpg"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("break_", ["\n", "\r\n", "\r"])
def test_a_row_is_named_by_the_line_on_which_it_begins(
    break_: str, encoding: str, tmp_path: Path
) -> None:
    lines = ["", "path,label,note", "", 'a.jpg,cat,"two', 'lines"', ",,", "b.jpg,dog,", "c.jpg,,"]
    path = _write(tmp_path, "list.csv", break_.join(lines), encoding)
    with pytest.raises(ConfigurationError, match=r"list\.csv line 8: no 'label' in it"):
        read_examples(str(path), SUFFIXES)
    path = _write(tmp_path, "list.csv", break_.join(lines[:-1]), encoding)
    assert [item.origin for item in read_examples(str(path), SUFFIXES)] == [
        "list.csv line 4",
        "list.csv line 7",
    ]


def test_a_comma_that_is_not_quoted_is_named(tmp_path: Path) -> None:
    path = _write(tmp_path, "l.csv", "path,label\na.jpg,cat,,\nb,c.jpg,cat\n")
    with pytest.raises(ConfigurationError, match=r"l\.csv line 3: 3 cells, but 2 in the first row"):
        read_examples(str(path), SUFFIXES)


def test_several_labels_are_one_target(tmp_path: Path) -> None:
    path = _write(tmp_path, "l.csv", "path,label\na.jpg,rose|red\nb.jpg,rose\n")
    assert [target for _, target, _ in _read(path)] == ["rose|red", "rose"]
    path = _write(tmp_path, "l.jsonl", '{"path": "a.jpg", "labels": ["rose", "red"]}\n')
    assert [target for _, target, _ in _read(path)] == ["rose|red"]
    path = _write(tmp_path, "l.jsonl", '{"path": "a.jpg", "labels": []}\n')
    assert [target for _, target, _ in _read(path)] == [""]


def test_a_column_for_each_label_holds_0_or_1(tmp_path: Path) -> None:
    text = "path,rose,red,split\na.jpg,1,1,train\nb.jpg,1,0,\nc.jpg,0,0,test\n"
    expected = [("a.jpg", "rose|red", "train"), ("b.jpg", "rose", ""), ("c.jpg", "", "test")]
    assert _read(_write(tmp_path, "l.csv", text)) == expected
    path = _write(tmp_path, "l.csv", "path,rose,red\na.jpg,1,0\nb.jpg,1,maybe\n")
    with pytest.raises(ConfigurationError, match=r"l\.csv line 3: 'red' is 'maybe'; the column"):
        read_examples(str(path), SUFFIXES)


def test_labels_that_are_numbers_are_names(tmp_path: Path) -> None:
    path = _write(tmp_path, "list.jsonl", '{"path": "a.jpg", "label": 0}\n')
    assert _read(path) == [("a.jpg", "0", "")]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("l.csv", "path,split\na.jpg,train\n", r"l\.csv line 2: no 'label' in it .*path, split"),
        ("l.csv", "path,label\na.jpg,cat\nb.jpg,\n", r"l\.csv line 3: no 'label'"),
        ("l.csv", '"a\nb",c\n1,2\n', r"l\.csv line 3: no 'path' in it \(found: a b, c;"),
        ("l.csv", "path,label,Subset\na.jpg,cat,hold\n", r"l\.csv line 2: split 'hold' is not"),
        (
            "l.jsonl",
            '{"path": "a.jpg", "label": {"name": "cat"}}',
            r"l\.jsonl line 1: 'label' is {'name': 'cat'}, which is no text",
        ),
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
