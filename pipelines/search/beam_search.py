"""Beam search over a decoder that writes one token per step, for many sentences at once.

Scores are as of Wu et al. 2016, section 7, equation 14: the logarithm of the probability, divided
by a length penalty, plus a coverage penalty for parts of the source that nothing attends to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

IMPOSSIBLE = -np.inf
WU_OFFSET = 5.0  # of lengths, in equation 14


class StepDecoder(Protocol):
    """What is searched. A row is one unfinished hypothesis."""

    def begin(self, sentences: np.ndarray) -> np.ndarray:
        """Give the state before the first piece: [row, ...], for the sentence of each row."""

    def step(
        self, sentences: np.ndarray, pieces: np.ndarray, state: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Say what may follow.

        Args:
            sentences: int64 [row], which sentence the row translates.
            pieces: int32 [row], the last piece of each.
            state: [row, ...].

        Returns:
            Logarithms of probabilities [row, vocabulary], the next state, and how much each place
            of the source was attended to [row, source].
        """


@dataclass(frozen=True)
class BeamSearch:
    """How to search; whoever takes the values from a user checks them.

    Attributes:
        beams: hypotheses kept per sentence, 1 or more; 1 is greedy.
        n_best: how many to return, 1 to `beams`.
        length_penalty: 0 favours short translations; the scores' divisor grows with its power.
        coverage_penalty: 0 is off; more punishes leaving parts of the source out.
        length_offset: added to lengths; with 0 the divisor is the plain power, as Marian's.
    """

    beams: int = 4
    n_best: int = 1
    length_penalty: float = 0.6
    coverage_penalty: float = 0.0
    length_offset: float = WU_OFFSET

    def divisor(self, length: int) -> float:
        """Give what a log probability is divided by; `length` counts the end."""
        relative = (self.length_offset + length) / (self.length_offset + 1)
        return float(relative**self.length_penalty)


@dataclass(frozen=True)
class Hypothesis:
    """A finished translation.

    Attributes:
        pieces: without beginning and end.
        score: with both penalties; higher is better.
        log_probability: of the pieces and the end.
        attention: float32 [piece and end, source].
        log_probabilities: of each piece, and of the end.
    """

    pieces: tuple[int, ...]
    score: float
    log_probability: float
    attention: np.ndarray
    log_probabilities: tuple[float, ...] = ()


@dataclass
class _Beams:
    """The unfinished hypotheses of the sentences that are not done, `width` each.

    Attributes:
        sentences: int64 [sentence], which one it is.
        scores: [sentence, beam] log probabilities; minus infinity where there is none.
        before: [sentence, beam, time], what they were up to each piece.
        pieces: int32 [sentence, beam, time].
        attention: float32 [sentence, beam, time, source].
        state: [sentence, beam, ...].
    """

    sentences: np.ndarray
    scores: np.ndarray
    before: np.ndarray
    pieces: np.ndarray
    attention: np.ndarray
    state: np.ndarray

    def choose(self, sentence: np.ndarray, beam: np.ndarray) -> _Beams:
        """Keep some sentences, and of each some beams: [kept], [kept, new beam]."""
        rows = sentence[:, None]
        return _Beams(
            self.sentences[sentence],
            self.scores[rows, beam],
            self.before[rows, beam],
            self.pieces[rows, beam],
            self.attention[rows, beam],
            self.state[rows, beam],
        )


def beam_search(
    decoder: StepDecoder,
    longest: Sequence[int],
    *,
    begin: int,
    end: int,
    forbidden: Sequence[int] = (),
    required: Sequence[Sequence[int]] | None = None,
    search: BeamSearch,
) -> list[list[Hypothesis]]:
    """Find the best translations of each sentence, none of them empty where there is room.

    Args:
        decoder: is searched.
        longest: [sentence], pieces that a translation may have; its end comes then at the latest.
        begin: the piece before the first.
        end: the piece after the last.
        forbidden: pieces that are never said.
        required: [sentence], pieces that are said exactly once each, at the latest when a
            translation has half the pieces that it may have.
        search: how to search.

    Returns:
        For each sentence `n_best` hypotheses or, where so many do not exist, fewer; best first.
    """
    count, width = len(longest), search.beams
    finished: list[list[Hypothesis]] = [[] for _ in range(count)]
    if not count:
        return finished
    rules = _Rules(np.asarray(longest), end, list(forbidden), required or [()] * count)
    beams = _first_beams(decoder, count, width, begin)
    while len(beams.sentences):
        beams, log_probabilities = _run_step(decoder, beams)
        rules.apply(beams, log_probabilities)
        totals = beams.scores[:, :, None] + log_probabilities  # [sentence, beam, vocabulary]
        beam, piece, score = _best_candidates(totals, 2 * width)
        _collect(finished, beams, beam, piece, score, end, search)
        beams = _go_on(beams, beam, piece, score, end, width)
        beams = _drop_done(beams, finished, rules.longest, search)
    return [found[: search.n_best] for found in finished]


@dataclass(frozen=True)
class _Rules:
    """What may not be said next."""

    longest: np.ndarray
    end: int
    forbidden: list[int]
    required: Sequence[Sequence[int]]

    def apply(self, beams: _Beams, log_probabilities: np.ndarray) -> None:
        """Make impossible in place what may not be said: [sentence, beam, vocabulary]."""
        of_row = {
            row: list(self.required[sentence])
            for row, sentence in enumerate(beams.sentences)
            if self.required[sentence]
        }
        before = {row: log_probabilities[row][:, pieces] for row, pieces in of_row.items()}
        log_probabilities[:, :, self.forbidden] = IMPOSSIBLE
        longest = self.longest[beams.sentences]
        length = beams.pieces.shape[2] - 1
        over = length >= longest  # [sentence]
        ending = log_probabilities[over, :, self.end].copy()
        if length == 0:  # the longer a sentence, the likelier would nothing be
            log_probabilities[:, :, self.end] = IMPOSSIBLE
        for row, pieces in of_row.items():
            said = beams.pieces[row, :, 1:]  # [beam, time]
            missing = np.stack([~(said == piece).any(axis=1) for piece in pieces], axis=1)
            # A network that does not say them by itself would go on for ever without.
            blocked = slice(None) if 2 * length >= longest[row] else self.end
            log_probabilities[row, missing.any(axis=1), blocked] = IMPOSSIBLE
            log_probabilities[row][:, pieces] = np.where(missing, before[row], IMPOSSIBLE)
        log_probabilities[over] = IMPOSSIBLE
        log_probabilities[over, :, self.end] = ending


def _first_beams(decoder: StepDecoder, count: int, width: int, begin: int) -> _Beams:
    """One hypothesis per sentence; the other places are empty."""
    sentences = np.arange(count)
    scores = np.full((count, width), IMPOSSIBLE, np.float32)
    scores[:, 0] = 0.0
    state = decoder.begin(np.repeat(sentences, width))
    return _Beams(
        sentences,
        scores,
        scores[:, :, None],
        np.full((count, width, 1), begin, np.int32),
        np.zeros((count, width, 0, 0), np.float32),
        state.reshape(count, width, *state.shape[1:]),
    )


def _run_step(decoder: StepDecoder, beams: _Beams) -> tuple[_Beams, np.ndarray]:
    count, width = beams.scores.shape
    state = beams.state.reshape(count * width, *beams.state.shape[2:])
    last = beams.pieces[:, :, -1].reshape(-1)
    rows = np.repeat(beams.sentences, width)
    log_probabilities, state, attention = decoder.step(rows, last, state)
    attention = attention.reshape(count, width, 1, -1)
    before = beams.attention if beams.attention.size else attention[:, :, :0]
    after = replace(
        beams,
        attention=np.concatenate([before, attention], axis=2),
        state=state.reshape(count, width, *state.shape[1:]),
    )
    return after, log_probabilities.reshape(count, width, -1)


def _best_candidates(totals: np.ndarray, wanted: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give beam, piece and score of the best, best first: each [sentence, candidate]."""
    count, _, vocabulary = totals.shape
    flat = totals.reshape(count, -1)
    wanted = min(wanted, flat.shape[1])
    best = np.argpartition(-flat, wanted - 1, axis=1)[:, :wanted]
    score = np.take_along_axis(flat, best, axis=1)
    order = np.lexsort((best, -score))  # equal scores in the order of the vocabulary
    best = np.take_along_axis(best, order, axis=1)
    piece = (best % vocabulary).astype(np.int32)
    return best // vocabulary, piece, np.take_along_axis(score, order, axis=1)


def _collect(
    finished: list[list[Hypothesis]],
    beams: _Beams,
    beam: np.ndarray,
    piece: np.ndarray,
    score: np.ndarray,
    end: int,
    search: BeamSearch,
) -> None:
    """Add the candidates that end, of those that would be kept."""
    ends = (piece == end) & np.isfinite(score)
    ends[:, search.beams :] = False
    for row, place in zip(*np.nonzero(ends), strict=True):
        own = beam[row, place]
        attention = beams.attention[row, own]
        pieces = tuple(int(item) for item in beams.pieces[row, own, 1:])
        total = float(score[row, place])
        penalty = search.coverage_penalty * _coverage(attention)
        value = total / search.divisor(len(pieces) + 1) + penalty
        each = tuple(np.diff(beams.before[row, own], append=total).tolist())
        found = finished[beams.sentences[row]]
        found.append(Hypothesis(pieces, value, total, attention, each))
        found.sort(key=lambda item: -item.score)
        del found[search.beams :]


def _go_on(
    beams: _Beams, beam: np.ndarray, piece: np.ndarray, score: np.ndarray, end: int, width: int
) -> _Beams:
    """Keep the best candidates that do not end."""
    unfinished = np.where(piece == end, IMPOSSIBLE, score)
    order = np.argsort(-unfinished, axis=1, kind="stable")[:, :width]
    chosen = beams.choose(np.arange(len(beams.sentences)), np.take_along_axis(beam, order, axis=1))
    chosen.scores = np.take_along_axis(unfinished, order, axis=1)
    chosen.before = np.concatenate([chosen.before, chosen.scores[:, :, None]], axis=2)
    said = np.take_along_axis(piece, order, axis=1)
    chosen.pieces = np.concatenate([chosen.pieces, said[:, :, None]], axis=2)
    return chosen


def _drop_done(
    beams: _Beams, finished: list[list[Hypothesis]], longest: np.ndarray, search: BeamSearch
) -> _Beams:
    """Leave out the sentences whose unfinished hypotheses cannot matter any more."""
    best = beams.scores.max(axis=1)  # [sentence]
    going_on = []
    for row, sentence in enumerate(beams.sentences):
        found = finished[sentence]
        hope = best[row] / search.divisor(int(longest[sentence]) + 1)
        # With one beam the search is greedy: nothing is followed beside the likeliest piece.
        done = len(found) >= search.beams and (search.beams == 1 or hope <= found[-1].score)
        going_on.append(np.isfinite(best[row]) and not done)
    kept = np.flatnonzero(going_on)
    every = np.broadcast_to(np.arange(beams.scores.shape[1]), (len(kept), beams.scores.shape[1]))
    return beams.choose(kept, every)


def _coverage(attention: np.ndarray) -> float:
    """Give the penalty, at most 0: attention [time, source]."""
    received = attention.sum(axis=0)
    # Padding, which depends on the other sentences of a batch, receives nothing at all.
    return float(np.log(np.clip(received[received > 0], 1e-9, 1.0)).sum())
