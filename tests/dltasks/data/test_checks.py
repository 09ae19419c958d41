from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from dltasks.data import checks
from dltasks.data.checks import CheckReport, check, usable
from dltasks.data.examples import Example
from dltasks.tasks.image_classification.task import TASK

from ..tiny import COLOURS, write_image


def _example(path: Path, target: str = "red", split: str = "") -> Example:
    return Example(str(path), target, split)


def _check(*examples: Example) -> CheckReport:
    return check(examples, TASK)


@pytest.fixture
def red(tmp_path: Path) -> Path:
    return write_image(tmp_path / "red.png", COLOURS["red"], seed=1)


def test_sound_examples_give_counts_and_no_finding(tmp_path: Path) -> None:
    report = _check(
        *(
            _example(write_image(tmp_path / f"{seed}.png", COLOURS[name], seed), name, split)
            for seed, (name, split) in enumerate(
                [*[("red", "train"), ("blue", "train")] * 2, ("blue", "test")]
            )
        )
    )
    assert report.counts == {"test": {"blue": 1}, "train": {"blue": 2, "red": 2}}
    assert report.sizes == {"test": 1, "train": 4}
    assert report.findings == ()
    assert "no problems found" in report.to_text()


def test_each_kind_of_bad_file_is_told_apart(red: Path, tmp_path: Path) -> None:
    contents = {
        "empty.png": b"",
        "truncated.png": red.read_bytes()[: red.stat().st_size // 3],
        "damaged.png": b"this is no image",
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "unreadable.png").mkdir()
    names = ["missing.png", "unreadable.png", *contents]
    report = _check(*(_example(tmp_path / name) for name in names))
    assert [f"{item.kind}.png" for item in report.findings] == names
    assert report.bad == report.findings
    assert all("\n" not in item.message for item in report.findings)


def test_a_picture_without_its_last_bytes_is_named_and_used(red: Path, tmp_path: Path) -> None:
    content = red.read_bytes()
    (tmp_path / "cut.png").write_bytes(content[: len(content) * 9 // 10])
    blue = write_image(tmp_path / "blue.png", COLOURS["blue"], seed=2)
    report = _check(_example(red), _example(tmp_path / "cut.png"), _example(blue, "blue"))
    (finding,) = report.findings
    assert (finding.kind, finding.is_used, report.exit_code) == ("incomplete", True, 0)
    assert finding.message.startswith("truncated, ")


def test_findings_do_not_repeat_the_name_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "damaged.png").write_bytes(b"this is no image")
    (finding,) = _check(_example(tmp_path / "damaged.png")).findings
    assert "damaged.png" not in finding.message


def test_the_same_picture_twice_is_a_duplicate_and_no_fault(red: Path, tmp_path: Path) -> None:
    (tmp_path / "again.png").write_bytes(red.read_bytes())
    examples = [_example(red), _example(tmp_path / "again.png")]
    report = check(examples, TASK)
    assert [(item.kind, item.example) for item in report.findings] == [("duplicate", examples[1])]
    assert str(red) in report.findings[0].message
    assert not report.bad


def test_the_same_picture_under_two_classes_is_told(red: Path, tmp_path: Path) -> None:
    (tmp_path / "again.png").write_bytes(red.read_bytes())
    (finding,) = _check(_example(red), _example(tmp_path / "again.png", "blue")).findings
    assert finding.kind == "duplicate"
    assert "under another class" in finding.message


def test_the_same_picture_in_two_splits_is_a_leak(red: Path, tmp_path: Path) -> None:
    (tmp_path / "again.png").write_bytes(red.read_bytes())
    train, test = _example(red, "red", "train"), _example(tmp_path / "again.png", "red", "test")
    (finding,) = _check(train, test).findings
    assert (finding.kind, finding.example) == ("leak", test)
    assert f"also in train, as {red}" in finding.message


def test_a_copy_in_another_split_is_a_leak_and_else_a_warning(
    photograph: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.jpg"
    with Image.open(photograph) as picture:
        picture.resize((picture.width // 2, picture.height // 2)).save(copy, quality=60)
    first, second = _example(photograph, "red", "train"), _example(copy, "red", "test")
    (finding,) = _check(first, second).findings
    assert (finding.kind, finding.example, finding.is_used) == ("leak", second, True)
    assert finding.message == (
        f"looks like {photograph} in train: the measured accuracy will be too high; remove one"
    )
    (finding,) = _check(_example(photograph), _example(copy)).findings
    assert (finding.kind, finding.is_used) == ("alike", True)
    assert finding.message == (
        f"looks like {photograph}; remove one, as the other may come to be held out"
    )


def test_a_leak_from_examples_without_a_split_says_so(red: Path) -> None:
    (finding,) = _check(_example(red), _example(red, "red", "test")).findings
    assert finding.kind == "leak"
    assert "also in no named split, as" in finding.message


def test_very_large_files_are_told_and_stay(red: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "LARGE_FILE_BYTES", 100)
    report = _check(_example(red))
    assert [item.kind for item in report.findings] == ["large"]
    assert not report.bad


def test_usable_leaves_out_exactly_the_unusable(red: Path, tmp_path: Path) -> None:
    good, missing = _example(red), _example(tmp_path / "missing.png")
    assert usable([missing, good], _check(missing, good)) == [good]


def test_report_as_plain_values_and_as_text_names_the_file(red: Path, tmp_path: Path) -> None:
    missing = str(tmp_path / "missing.png")
    report = _check(_example(red), Example(missing, "blue"))
    assert report.to_dict() == {
        "fingerprint": report.fingerprint,
        "counts": {"": {"blue": 1, "red": 1}},
        "findings": [{"kind": "missing", "file": missing, "message": "no such file"}],
        "remarks": [{"fatal": item.is_fatal, "message": item.message} for item in report.remarks],
    }
    text = report.to_text()
    assert "all: 2 examples" in text
    assert f"{missing}: missing, no such file" in text


def test_progress_counts_every_example(red: Path) -> None:
    seen: list[tuple[int, int]] = []
    examples = [_example(red)] * 3
    check(examples, TASK, lambda done, total: seen.append((done, total)))
    assert seen == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize(("split", "used"), [("", 1), ("train", 2)])
def test_a_twin_is_left_out_only_where_it_could_come_into_another_split(
    split: str, used: int, red: Path, tmp_path: Path
) -> None:
    twin = tmp_path / "twin.png"
    twin.write_bytes(red.read_bytes())
    examples = [Example(str(path), "red", split) for path in (red, twin)]
    assert len(usable(examples, _check(*examples))) == used


def test_fingerprint_follows_contents_and_classes_but_not_order_or_place(
    red: Path, tmp_path: Path
) -> None:
    moved = tmp_path / "moved.png"
    moved.write_bytes(red.read_bytes())
    missing = _example(tmp_path / "missing.png")
    known = _check(_example(red), missing).fingerprint
    assert _check(missing, _example(moved)).fingerprint == known
    assert _check(_example(red, "blue"), missing).fingerprint != known
    moved.write_bytes(red.read_bytes() + b"\0")
    assert _check(_example(moved), missing).fingerprint != known
