"""BLEU and chrF of decoded validation sentences, while the network is in training."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from dltasks.data.examples import Example, limit
from dltasks.evaluation.translation import group_references, score_corpus
from dltasks.export.graphs import KerasGraph
from dltasks.tasks.translation.network import build_encoder, build_step
from dltasks.tasks.translation.preparing import Direction
from pipelines.search.beam_search import BeamSearch
from pipelines.translation.decoding import translate
from pipelines.translation.pieces import TranslationPieces, frame_source
from pipelines.translation.sentences import Job, Planner

if TYPE_CHECKING:
    import keras

MOST_EXAMPLES = 1_000  # enough to choose by, and seconds an epoch
SENTENCES_PER_BATCH = 128


def make_measure(
    network: keras.Model,
    pieces: TranslationPieces,
    examples: Sequence[Example],
    directions: Sequence[Direction],
    *,
    longest: int,
) -> Callable[[], dict[str, float]]:
    """Give a function that translates validation sentences greedily, and measures.

    Args:
        network: of `network.build_network`; its weights of the moment count.
        pieces: its vocabulary.
        examples: of the validation split.
        directions: what it has learned.
        longest: pieces that it translates at once.

    Returns:
        A function of nothing to val_bleu and val_chrf, 0 to 100, the mean of the directions.
    """
    encoder, step = KerasGraph(build_encoder(network)), KerasGraph(build_step(network))
    chosen = limit(examples, MOST_EXAMPLES, seed=0)

    def score(direction: Direction) -> tuple[float, float]:
        references = group_references(chosen, turned=direction.turned)
        planner = Planner(pieces, longest, direction.target)
        plans = planner.plan(list(references), direction.keeper)
        wanted = pieces.language(direction.target)
        jobs = sorted({job for plan in plans for job in plan.jobs}, key=lambda job: len(job.pieces))
        said: dict[Job, str] = {}
        for first in range(0, len(jobs), SENTENCES_PER_BATCH):
            run = jobs[first : first + SENTENCES_PER_BATCH]
            found = translate(
                encoder,
                step,
                [frame_source(job.pieces, wanted) for job in run],
                vocabulary=len(pieces),
                forbidden=pieces.special(),
                required=[[pieces.mark(mark) for mark, _ in job.kept] for job in run],
                search=BeamSearch(beams=1),
            )
            texts = [pieces.decode(hypotheses[0].pieces) for hypotheses in found]
            said |= {job: job.finish(text) for job, text in zip(run, texts, strict=True)}
        whole = [plan.fill([said[job] for job in plan.jobs]) for plan in plans]
        bleu, chrf = score_corpus(whole, list(references.values()))
        return bleu.score, chrf.score

    def measure() -> dict[str, float]:
        scores = np.array([score(direction) for direction in directions])
        bleu, chrf = scores.mean(axis=0)
        return {"val_bleu": float(bleu), "val_chrf": float(chrf)}

    return measure
