"""Search the translations of many jobs, and of unsure words once more."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from pipelines.search.beam_search import BeamSearch, Hypothesis
from pipelines.translation.family import Family
from pipelines.translation.sentences import Job

SENTENCES_PER_RUN = 32  # of similar length, searched together
UNSURE = 0.5  # confidence of a translation that is asked for again
FEW_WORDS = 3

Found = dict[Job, list[Hypothesis]]
Trust = Callable[[Job, Hypothesis], float]


def search_jobs(family: Family, graphs: Any, jobs: Iterable[Job], search: BeamSearch) -> Found:
    """Translate jobs, those of similar length together; for each its best hypotheses."""
    by_length = sorted(jobs, key=lambda job: (len(job.pieces), job.pieces))
    found: Found = {}
    for first in range(0, len(by_length), SENTENCES_PER_RUN):
        run = by_length[first : first + SENTENCES_PER_RUN]
        found |= zip(run, family.translate(graphs, run, search), strict=True)
    return found


def ask_again(
    family: Family,
    graphs: Any,
    found: Mapping[Job, list[Hypothesis]],
    search: BeamSearch,
    trust: Trust,
) -> Found:
    """Translate a few words that came out unsure as a sentence; give what is surer.

    Networks know "Hello." from their texts, and seldom a bare "Hello". The full stop is taken off
    again, as from any translation of a text without one.

    Args:
        family: of the network; without a calibrated confidence nothing is asked again.
        graphs: of `Family.load`.
        found: of `search_jobs`.
        search: how to search.
        trust: gives the confidence of a hypothesis, 0 to 1.
    """
    if not family.confidence:
        return {}
    asked = {
        job: replace(job, pieces=tuple(family.pieces.encode(f"{job.text}.")))
        for job, items in found.items()
        if _is_bare(job) and trust(job, items[0]) < UNSURE
    }
    answers = search_jobs(family, graphs, set(asked.values()), search)
    return {
        job: answers[again]
        for job, again in asked.items()
        if trust(job, answers[again][0]) > trust(job, found[job][0])
    }


def _is_bare(job: Job) -> bool:
    """Tell whether a job is a few words that end without a sign."""
    return job.text[-1:].isalpha() and len(job.text.split()) <= FEW_WORDS
