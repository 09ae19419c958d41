"""The recipe for training a Marian network further: one stage, in one direction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from dltasks.data.examples import Example, limit
from dltasks.evaluation.translation import group_references, score_corpus
from dltasks.export.graphs import KerasGraph
from dltasks.tasks.translation.recipe import TranslationRecipe
from dltasks.tasks.translation.sentences import Sentences
from dltasks.tasks.translation.validation import MOST_EXAMPLES, SENTENCES_PER_BATCH
from pipelines.errors import ConfigurationError
from pipelines.search.beam_search import BeamSearch
from pipelines.translation.marian_decoding import MarianGraphs
from pipelines.translation.marian_family import MarianFamily
from pipelines.translation.sentences import Job

if TYPE_CHECKING:
    from dltasks.tasks.translation.marian_config import MarianConfig
    from dltasks.tasks.translation.marian_network import Marian


@dataclass(frozen=True, kw_only=True)
class MarianRecipe(TranslationRecipe):
    """Everything that the stage is made of.

    Attributes:
        parts: the network, and its encoder and step.
        network_config: of the network.
        translator: frames sentences, and searches during training.
    """

    parts: Marian
    network_config: MarianConfig
    translator: MarianFamily

    def loss(self) -> Any:
        from dltasks.networks.losses import NextTokenLoss

        return NextTokenLoss(
            padding=self.network_config.begin, smoothing=self.config.label_smoothing
        )

    def measure(self) -> Callable[[], dict[str, float]]:
        graphs = MarianGraphs(KerasGraph(self.parts.encoder), KerasGraph(self.parts.step))
        references = group_references(limit(self.splits.valid, MOST_EXAMPLES, seed=0), turned=False)

        def measure() -> dict[str, float]:
            said = translate_greedily(self.translator, graphs, list(references))
            bleu, chrf = score_corpus(said, list(references.values()))
            return {"val_bleu": bleu.score, "val_chrf": chrf.score}

        return measure

    @cached_property
    def _train(self) -> Sentences:
        return self._frame(self.splits.train)

    @cached_property
    def _valid(self) -> Sentences:
        return self._frame(self.splits.valid)

    def _frame(self, examples: Sequence[Example]) -> Sentences:
        config = self.network_config
        longest = min(self.config.max_pieces, config.positions - 2)
        sentences = MarianSentences(examples, self.translator, config, longest=longest)
        if not len(sentences):
            raise ConfigurationError(
                f"max_pieces {self.config.max_pieces} leaves out every pair; raise it"
            )
        return sentences


class MarianSentences(Sentences):
    """Pairs of sentences in one direction.

    Args:
        examples: pairs of text.
        translator: cuts and frames them.
        config: of the network.
        longest: pairs with more pieces on either side are left out.
    """

    def __init__(
        self,
        examples: Sequence[Example],
        translator: MarianFamily,
        config: MarianConfig,
        *,
        longest: int,
    ) -> None:
        encode, encode_target = translator.pieces.encode, translator.pieces.target.encode
        cut = [(encode(item.source), encode_target(item.target)) for item in examples]
        kept = [pair for pair in cut if max(map(len, pair)) <= longest]
        self.left_out = len(cut) - len(kept)
        self.segmentations = 1
        self.source_padding, self.target_padding = config.padding, config.begin
        self._sources = [translator.frame(source) for source, _ in kept]
        self._targets = [[config.begin, *target, config.end] for _, target in kept]
        self.lengths = self._measure()


def translate_greedily(
    translator: MarianFamily, graphs: MarianGraphs, texts: Sequence[str]
) -> list[str]:
    """Translate sentences, those of similar length together."""
    jobs = [Job(tuple(translator.pieces.encode(text)[: translator.longest])) for text in texts]
    order = sorted(range(len(jobs)), key=lambda index: len(jobs[index].pieces))
    said = [""] * len(jobs)
    for first in range(0, len(order), SENTENCES_PER_BATCH):
        run = order[first : first + SENTENCES_PER_BATCH]
        search = BeamSearch(beams=1)
        found = translator.translate(graphs, [jobs[index] for index in run], search)
        for index, hypotheses in zip(run, found, strict=True):
            said[index] = translator.pieces.decode(hypotheses[0].pieces)
    return said
