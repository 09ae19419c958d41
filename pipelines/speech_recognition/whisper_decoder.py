"""Run Whisper's decoder, token by token, by sampling or beam search.

The keys and values of the tokens before are kept, so a step costs the same however long the text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from pipelines.session import Graph, expect
from pipelines.speech_recognition.whisper_rules import WritingRules

Heard = dict[str, np.ndarray]  # of `name_heard`


class DecoderState(NamedTuple):
    """Where texts have come to.

    Attributes:
        logits: of what comes next, float32 [text, vocabulary].
        keys: of the tokens so far, float32 [text, layers, tokens, width].
        values: as the keys.
        attended: where the last token was heard, float32 [text, heads, positions].
    """

    logits: np.ndarray
    keys: np.ndarray
    values: np.ndarray
    attended: np.ndarray

    def take(self, rows: Sequence[int]) -> DecoderState:
        """Give the state of some of the texts, in this order."""
        return DecoderState(*(array[list(rows)] for array in self))


@dataclass(frozen=True)
class TokenHypothesis:
    """A text that may have been said.

    Attributes:
        tokens: without the opening and the end.
        log_probabilities: of each token, and of the end where it came to one.
        attended: where each of them was heard, each float32 [heads, positions].
        ended: whether it came to its end.
    """

    tokens: tuple[int, ...] = ()
    log_probabilities: tuple[float, ...] = ()
    attended: tuple[np.ndarray, ...] = ()
    ended: bool = False

    @property
    def mean_log_probability(self) -> float:
        """How likely it is, whatever its length."""
        return sum(self.log_probabilities) / max(len(self.log_probabilities), 1)

    def extend(
        self, token: int, log_probability: float, state: DecoderState, row: int, end: int
    ) -> TokenHypothesis:
        """Add a token."""
        return TokenHypothesis(
            self.tokens if token == end else (*self.tokens, token),
            (*self.log_probabilities, log_probability),
            (*self.attended, state.attended[row]),
            token == end,
        )


def name_heard(outputs: Sequence[np.ndarray]) -> Heard:
    """Name what the encoder gives of a window as the decoder's graph does.

    Args:
        outputs: of each layer of the decoder, float32 keys [1, heads, width / heads, positions]
            and values [1, heads, positions, width / heads]. They are as the decoder's products take
            them, so that no step has to copy or turn them.
    """
    layers = range(len(outputs) // 2)
    names = [f"cross_{kind}_{layer}" for layer in layers for kind in ("keys", "values")]
    return dict(zip(names, outputs, strict=True))


class WhisperDecoder:
    """Runs the graph of a step on what was heard in one window.

    Args:
        graph: of the step.
        heard: in the window.
        heads: whose attention follows the speech, as (layer, head).
    """

    def __init__(self, graph: Graph, heard: Heard, heads: Sequence[tuple[int, int]]) -> None:
        self._graph = graph
        self._heard = heard
        self._layers, self._heads = (list(items) for items in zip(*heads, strict=True))

    def start(self, tokens: Sequence[int]) -> DecoderState:
        """Read the tokens of an opening."""
        layers = len(self._heard) // 2
        _, heads, width, _ = self._heard["cross_keys_0"].shape
        nothing = np.zeros((1, layers, 0, heads * width), np.float32)
        return self._run(np.array([tokens], np.int32), nothing, nothing)

    def step(self, tokens: Sequence[int], state: DecoderState) -> DecoderState:
        """Add a token to each text."""
        return self._run(np.array(tokens, np.int32)[:, None], state.keys, state.values)

    def read(self, tokens: Sequence[int], state: DecoderState) -> DecoderState:
        """Add several tokens to the only text."""
        return self._run(np.array([tokens], np.int32), state.keys, state.values)

    def _run(self, tokens: np.ndarray, keys: np.ndarray, values: np.ndarray) -> DecoderState:
        texts, added = tokens.shape
        _, heads, _, positions = self._heard["cross_keys_0"].shape
        _, layers, before, width = keys.shape
        known = (texts, layers, before + added, width)
        logits, keys, values, attended = expect(
            self._graph.run(
                tokens=tokens, past_keys=keys, past_values=values, **self._repeat(texts)
            ),
            (texts, None),
            known,
            known,
            (texts, layers, heads, positions),
        )
        return DecoderState(logits, keys, values, attended[:, self._layers, self._heads])

    def _repeat(self, texts: int) -> Heard:
        """Give each text what was heard; for one text without copying it."""
        if texts == 1:
            return self._heard
        return {name: np.repeat(array, texts, axis=0) for name, array in self._heard.items()}


class TokenSearch:
    """Finds the text of a window.

    Args:
        decoder: of the window.
        rules: of what may come next.
        end: the token that ends a text.
        longest: tokens that a text may have.
    """

    def __init__(
        self, decoder: WhisperDecoder, rules: WritingRules, end: int, longest: int
    ) -> None:
        self._decoder, self._rules, self._end, self._longest = decoder, rules, end, longest

    def likeliest(self, state: DecoderState) -> TokenHypothesis:
        """Take the likeliest token each time."""
        return self.sample(state, 0.0, np.random.default_rng(0))

    def sample(
        self, state: DecoderState, temperature: float, random: np.random.Generator
    ) -> TokenHypothesis:
        """Draw each token by its probability; the lower the temperature, the likelier the token."""
        text = TokenHypothesis()
        while True:
            scores = self._rules.apply(state.logits[0], text.tokens)  # [vocabulary]
            token = _draw(scores, temperature, random)
            text = text.extend(token, float(scores[token]), state, 0, self._end)
            if text.ended or len(text.tokens) >= self._longest:
                return text
            state = self._decoder.step([token], state)

    def beams(self, state: DecoderState, count: int) -> TokenHypothesis:
        """Follow the likeliest texts at once and give the likeliest, by its mean, that ended."""
        texts, ended = [TokenHypothesis()], list[TokenHypothesis]()
        while texts:
            found = self._extend(texts, state, count)
            ended += [text for _, text in found if text.ended]
            going = [(row, text) for row, text in found if not text.ended][:count]
            texts = [text for _, text in going]
            if len(ended) >= count or not texts or len(texts[0].tokens) >= self._longest:
                break
            rows = state.take([row for row, _ in going])
            state = self._decoder.step([text.tokens[-1] for text in texts], rows)
        return max(ended or texts, key=lambda text: text.mean_log_probability)

    def _extend(
        self, texts: Sequence[TokenHypothesis], state: DecoderState, count: int
    ) -> list[tuple[int, TokenHypothesis]]:
        """Give the best 2 * `count` followers of all texts, each with the row it comes from."""
        scores = np.stack(
            [self._rules.apply(state.logits[row], text.tokens) for row, text in enumerate(texts)]
        )  # [text, vocabulary]
        sums = scores + np.array([[sum(text.log_probabilities)] for text in texts], np.float32)
        best = np.argpartition(-sums.ravel(), 2 * count)[: 2 * count]
        best = best[np.argsort(-sums.ravel()[best], kind="stable")]
        pairs = [divmod(int(index), scores.shape[1]) for index in best]
        return [
            (row, texts[row].extend(token, float(scores[row, token]), state, row, self._end))
            for row, token in pairs
            if np.isfinite(scores[row, token])
        ]


def _draw(scores: np.ndarray, temperature: float, random: np.random.Generator) -> int:
    if temperature == 0:
        return int(scores.argmax())
    # The largest score with Gumbel noise is a draw from the softmax (Gumbel 1954).
    return int((scores / temperature + random.gumbel(size=scores.shape)).argmax())
