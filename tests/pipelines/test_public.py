"""The public face: every name is there, typed, and nothing heavy is loaded before it is used."""

from __future__ import annotations

import ast
import copy
import logging
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

import dltasks
import pipelines
from pipelines import Classification, ConfigurationError, Generated, Label, Sample, load

PUBLIC = Path(pipelines.__file__)


def test_every_public_name_is_there() -> None:
    for name in pipelines.__all__:
        assert getattr(pipelines, name) is not None
        assert name in dir(pipelines)
    assert pipelines.__all__ == sorted(pipelines.__all__)
    with pytest.raises(AttributeError, match="no attribute 'Nonsense'"):
        _ = pipelines.Nonsense


def test_type_checkers_see_the_same_names() -> None:
    tree = ast.parse(PUBLIC.read_text(encoding="utf-8"))
    imported = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("pipelines.")
        for alias in node.names
    }
    assert imported - {"find"} == set(pipelines.__all__) - {"load"}


def test_the_rooms_list_their_public_names() -> None:
    for room, names in pipelines._ROOMS.items():
        module = sys.modules.get(f"pipelines.{room}") or __import__(
            f"pipelines.{room}", fromlist=["x"]
        )
        assert set(names) <= set(getattr(module, "__all__", dir(module)))


def test_both_packages_have_one_version() -> None:
    assert pipelines.__version__ == dltasks.__version__


def test_a_pipeline_travels_and_opens_its_session_again(tiny_bundle: Path) -> None:
    classify = load(tiny_bundle, device="cpu", threads=1)
    picture = Path(__file__).resolve().parents[2] / "examples" / "cat.jpg"
    before = classify(picture)
    for other in (pickle.loads(pickle.dumps(classify)), copy.copy(classify)):
        assert other(picture) == before
        assert (other.device, other.threads) == ("cpu", 1)
    assert copy.deepcopy(classify)(picture) == before


def test_what_is_shown_is_short(tiny_bundle: Path) -> None:
    classify = load(tiny_bundle, threads=1)
    assert repr(classify).startswith("<ImageClassification '")
    assert len(repr(classify.bundle)) < 200
    assert "sha256" not in repr(classify.bundle)


def test_a_result_shows_itself_in_a_line_and_in_a_notebook() -> None:
    labels = (Label("espresso <cup>", 0.957, "n07920052"), *[Label("tea", 0.001)] * 9)
    result = Classification(labels)
    assert repr(result).startswith("<Classification '95.7% espresso <cup> 0.1% tea")
    assert len(repr(result)) < 100
    assert result._repr_html_().startswith("<pre> 95.7%  espresso &lt;cup&gt;\n")
    sample = Sample("ab", ("a", "b"), (-1.0, -2.0), "length")
    assert repr(Generated("c", "ab", (sample,))) == "<Generated 'cab'>"
    assert repr(sample) == "Sample(text='ab', end='length')"


def test_loading_is_logged_under_the_name_of_the_project(
    tiny_bundle: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, "dltasks"):
        load(tiny_bundle)
    assert "image-classification" in caplog.text


def test_one_input_is_not_taken_for_many(tiny_bundle: Path) -> None:
    with pytest.raises(ConfigurationError, match="stream takes a list of inputs"):
        load(tiny_bundle).stream("photo.jpg")


def test_a_misspelt_option_is_named_with_the_right_one(tiny_bundle: Path) -> None:
    with pytest.raises(ConfigurationError, match="'topk' is unknown; did you mean 'top_k'"):
        load(tiny_bundle)("photo.jpg", topk=3)


@pytest.mark.parametrize("task", ["", ', task="image-classification"'])
def test_mypy_sees_a_misspelt_result(task: str, tmp_path: Path) -> None:
    model = '"image-classification"' if not task else '"my_models/flowers"'
    script = tmp_path / "app.py"
    script.write_text(
        "from pipelines import load\n"
        f"classify = load({model}{task})\n"
        'classify("a.jpg").labels[0].nmae\n'
        'for result in classify.stream(["a.jpg"]):\n'
        "    result.lables\n"
        'for maybe in classify.stream(["a.jpg"], on_error="return"):\n'
        "    maybe.labels\n",
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "mypy", "--strict", "--no-incremental", str(script)]
    done = subprocess.run(command, cwd=PUBLIC.parents[1], capture_output=True, text=True)
    assert 'app.py:3: error: "Label" has no attribute "nmae"' in done.stdout
    assert 'app.py:5: error: "Classification" has no attribute "lables"' in done.stdout
    assert 'app.py:7: error: Item "Failure"' in done.stdout
