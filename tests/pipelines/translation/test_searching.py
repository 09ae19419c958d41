from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from pipelines import Translation, load
from pipelines.search.beam_search import BeamSearch, Hypothesis
from pipelines.translation.searching import SENTENCES_PER_RUN, ask_again, search_jobs
from pipelines.translation.sentences import Job


class Letters:
    """A vocabulary of letters."""

    def encode(self, text: str) -> list[int]:
        return list(map(ord, text))


class Doubting:
    """A family that is the surer, the longer what it is given; its translation is what it got."""

    confidence = (1.0, 1.0, 1.0)
    pieces = Letters()

    def __init__(self) -> None:
        self.runs: list[list[str]] = []

    def translate(self, graphs: Any, jobs: Sequence[Job], search: BeamSearch) -> list[Any]:
        self.runs.append(["".join(map(chr, job.pieces)) for job in jobs])
        return [[Hypothesis(job.pieces, 0.0, 0.0, np.zeros((0, 0)))] for job in jobs]


def _job(text: str) -> Job:
    return Job(tuple(map(ord, text)), text)


def _trust(job: Job, best: Hypothesis) -> float:
    return len(best.pieces) / 20


def test_jobs_of_similar_length_share_a_run_and_each_gets_its_own() -> None:
    family = Doubting()
    jobs = [_job("a" * length) for length in range(2 * SENTENCES_PER_RUN, 0, -1)]
    found = search_jobs(family, None, jobs, BeamSearch(1))  # type: ignore[arg-type]
    assert [len(run) for run in family.runs] == [SENTENCES_PER_RUN] * 2
    assert max(map(len, family.runs[0])) < min(map(len, family.runs[1]))
    assert all(found[job][0].pieces == job.pieces for job in jobs)


def test_a_few_unsure_words_are_asked_for_as_a_sentence_and_nothing_else() -> None:
    family = Doubting()
    jobs = list(map(_job, ("hi", "hi!", "surely so", "one two sure", "a b c d", "no?")))
    found = search_jobs(family, None, jobs, BeamSearch(1))  # type: ignore[arg-type]
    family.runs.clear()
    surer = ask_again(family, None, found, BeamSearch(1), _trust)  # type: ignore[arg-type]
    assert family.runs == [["hi.", "surely so."]]
    assert set(surer) == {jobs[0], jobs[2]}


def test_an_answer_that_is_no_surer_changes_nothing() -> None:
    family = Doubting()
    found = search_jobs(family, None, [_job("hi")], BeamSearch(1))  # type: ignore[arg-type]
    assert ask_again(family, None, found, BeamSearch(1), lambda job, best: 0.3) == {}  # type: ignore[arg-type]
    family.confidence = ()  # type: ignore[assignment]
    assert ask_again(family, None, found, BeamSearch(1), _trust) == {}  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def built_in() -> Translation:
    return load("translation", device="cpu", source="en", target="es")


@pytest.mark.parametrize(
    ("text", "translation"),
    [
        ("Hello", "Hola"),
        ("HELLO", "HOLA"),
        ("Save", "Guardar"),
        ("Password", "Contraseña"),
        ("Thank you", "Gracias"),
        ("It is 10 km from here.", "Está a 10 km de aquí."),
        ("1. Open the door.", "1. Abre la puerta."),
        ("Barcelona is nice.", "Barcelona es agradable."),
    ],
)
def test_what_people_type_first_is_right(
    built_in: Translation, text: str, translation: str
) -> None:
    assert built_in(text).text == translation


def test_the_first_word_in_the_other_direction_is_right(built_in: Translation) -> None:
    assert built_in.between("es", "en")("Hola").text == "Hello"
