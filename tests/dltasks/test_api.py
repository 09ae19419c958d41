"""The toolkit in Python: the same as the command line, and its mistakes in one line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import dltasks
from dltasks.tasks.request import continues
from pipelines import BundleError, ConfigurationError
from tests.dltasks.tiny import REPOSITORY, SIZE


@pytest.fixture
def flowers(colours: str, tmp_path: Path, tiny: None) -> dltasks.TrainedModel:
    return dltasks.train(
        "image-classification",
        colours,
        out=tmp_path / "bundle",
        run_folder=tmp_path / "run",
        base="tiny",
        pretrained=False,
        image_size=SIZE,
        epochs=1,
        head_epochs=1,
        batch_size=4,
        quiet=True,
    )


def test_every_public_name_is_there() -> None:
    for name in dltasks.__all__:
        assert getattr(dltasks, name) is not None
        assert name in dir(dltasks)
    assert dltasks.__all__ == sorted(dltasks.__all__)
    assert dltasks.load is __import__("pipelines").load


def test_a_model_is_trained_measured_used_and_rebuilt(
    flowers: dltasks.TrainedModel, colours: str
) -> None:
    assert repr(flowers).startswith("<TrainedModel 'bundle' for image-classification, top_1 ")
    assert {"loss", "val_loss"} <= set(flowers.history[-1])
    assert "data:image/png" in flowers._repr_html_()
    page = flowers.run_folder / "report.html"
    report = dltasks.evaluate(flowers, colours, report=page)
    assert "class activation map" in page.read_text(encoding="utf-8")
    assert report.metrics == flowers.report.metrics
    assert "data:image/png" in report._repr_html_()
    assert str(report) == report.to_text()

    classify = flowers.load(device="cpu")
    picture = np.zeros((SIZE, SIZE, 3), np.uint8)
    (found,) = classify.scores([picture])
    network = flowers.load_keras()
    np.testing.assert_allclose(network(picture[None]).numpy()[0], found, atol=1e-4)
    assert network.count_params() > 0


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # of Keras
def test_the_keras_network_can_be_saved_and_fitted(
    flowers: dltasks.TrainedModel, tmp_path: Path
) -> None:
    import keras

    network = dltasks.load_keras(flowers.bundle.path)
    network.save(tmp_path / "network.keras")
    again = keras.models.load_model(tmp_path / "network.keras")
    picture = np.zeros((1, SIZE, SIZE, 3), np.uint8)
    np.testing.assert_allclose(again(picture).numpy(), network(picture).numpy(), atol=1e-6)
    network.compile("sgd", "categorical_crossentropy")
    network.fit(picture, np.array([[1.0, 0.0]], np.float32), verbose=0)


def test_a_learning_rate_is_found_and_drawn(colours: str, tmp_path: Path, tiny: None) -> None:
    rate = dltasks.find_learning_rate(
        "image-classification",
        colours,
        out=tmp_path / "bundle",
        run_folder=tmp_path / "run",
        base="tiny",
        pretrained=False,
        image_size=SIZE,
        batch_size=4,
        quiet=True,
    )
    assert 1e-8 < rate < 10
    assert (tmp_path / "run" / "learning_rate.png").exists()
    assert not (tmp_path / "bundle").exists()


def test_a_run_is_continued_if_there_is_one(tmp_path: Path) -> None:
    assert not continues("auto", tmp_path)
    (tmp_path / "run.toml").touch()
    assert continues("auto", tmp_path)
    assert not continues(False, tmp_path)


def test_a_part_is_of_a_tfds_data_set(colours: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="parts in brackets work only with tfds:NAME"):
        dltasks.train("image-classification", colours, out=tmp_path / "b", split="train[:50%]")


@pytest.mark.parametrize(
    ("name", "message"),
    [("report.pdf", "must end in .html"), ("nowhere/report.html", "cannot be written there")],
)
def test_a_report_that_cannot_be_written_is_refused_before_the_work(
    name: str, message: str, trained_bundle: Path, tmp_path: Path
) -> None:
    with pytest.raises(ConfigurationError, match=message):
        dltasks.evaluate(trained_bundle, tmp_path / "no data", report=tmp_path / name)


def test_runs_are_listed(flowers: dltasks.TrainedModel, tmp_path: Path) -> None:
    (run,) = dltasks.runs(tmp_path)
    assert (run.state, run.metric) == ("finished", "top_1")
    assert dltasks.runs(tmp_path / "nowhere") == []


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"epohcs": 3}, "'epohcs' is unknown; did you mean 'epochs'"),
        ({"epochs": -1}, "epochs -1 is too small; the minimum is 0"),
        ({"base": "no-such-base"}, "no-such-base"),
    ],
)
def test_a_mistake_is_the_one_of_the_command(
    settings: dict, message: str, colours: str, tmp_path: Path
) -> None:
    with pytest.raises((ConfigurationError, BundleError), match=message) as caught:
        dltasks.train(
            "image-classification",
            colours,
            out=tmp_path / "out",
            run_folder=tmp_path / "run",
            **settings,
        )
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out").exists()


def run_python(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={"PYTHONPATH": f"{folder}:{REPOSITORY}", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_it_runs_as_a_module(tmp_path: Path) -> None:
    done = run_python(tmp_path, "-m", "dltasks", "--version")
    assert done.stdout == f"dltasks, version {dltasks.__version__}\n", done.stderr


def test_the_command_finds_our_pipelines_whatever_lies_in_the_folder(tmp_path: Path) -> None:
    (tmp_path / "pipelines.py").write_text("raise SystemExit('not ours')")
    done = run_python(tmp_path, "-m", "dltasks", "models", "list")
    assert done.returncode == 0, done.stderr
    assert "imagenet-efficientnet-lite0" in done.stdout


def test_an_import_that_meets_a_stranger_names_its_file(tmp_path: Path) -> None:
    stranger = tmp_path / "pipelines.py"
    stranger.write_text("")
    (tmp_path / "app.py").write_text("import dltasks")
    done = run_python(tmp_path, "app.py")
    last = done.stderr.splitlines()[-1]
    assert last == (
        f"ImportError: {stranger} shadows the package pipelines of dltasks; rename that file"
    )


def test_the_import_is_fast_and_light(tmp_path: Path) -> None:
    program = (
        "import sys, time; start = time.perf_counter(); import dltasks; "
        "print(time.perf_counter() - start, *{n.partition('.')[0] for n in sys.modules})"
    )
    loaded = run_python(tmp_path, "-c", program).stdout.split()[1:]
    assert not {"numpy", "click", "keras", "tensorflow", "onnxruntime"} & set(loaded)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("valid_fraction", 1.5, "valid_fraction 1.5 is not a number above 0, up to 0.9"),
        ("valid_fraction", "0.1", "valid_fraction '0.1' is not a number above 0"),
        ("on_bad", "ignore", "on_bad 'ignore' is not one of skip, fail"),
        ("overwrite", "yes", "overwrite 'yes' is not true or false"),
    ],
)
def test_what_a_run_cannot_do_is_refused(
    colours: str, tmp_path: Path, name: str, value: object, said: str
) -> None:
    with pytest.raises(ConfigurationError) as error:
        dltasks.train("image-classification", colours, out=tmp_path / "b", **{name: value})
    assert said in str(error.value)
