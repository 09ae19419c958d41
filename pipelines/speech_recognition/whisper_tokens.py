"""The tokens of Whisper: byte pairs of text, times, and what steers the decoder.

Radford et al. 2022, "Robust speech recognition via large-scale weak supervision", figure 1. The
vocabulary is text, then the special tokens, then 1,501 times in steps of 20 ms.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

from pipelines.errors import BundleError, ConfigurationError

TOKENIZER_FILE = "tokenizer.json"
SECONDS_A_TIMESTAMP = 0.02
REPLACEMENT = "\ufffd"  # what stands for a part of a character
ENGLISH = "en"
# Marks of what is not speech: "[Music]", "(applause)", notes. Nothing made of them alone is said.
SOUND_MARKS = frozenset('"#()*+/:;<=>@[\\]^_`{|}~「」『』《》♩♪♫♬♭♮♯')
NOTES = "♩♪♫♬♭♮♯"  # several tokens each; the first one is ruled out
DASHES = frozenset({" -", " --", "--", " '", "---"})  # of subtitles, before a speaker
WITHOUT_SPACES = frozenset({"zh", "ja", "th", "lo", "my", "yue"})


class Part(NamedTuple):
    """Tokens that make a word.

    Attributes:
        text: of the word.
        start: index of the first token.
        end: index after the last one.
    """

    text: str
    start: int
    end: int


class WhisperTokens:
    """Translates between texts and tokens.

    Args:
        content: a tokenizer of the library `tokenizers`, as JSON.
        multilingual: whether the decoder has to be told language and task.

    Attributes:
        end: the token after the last one.
        previous: begins the text that stood before.
        no_speech: says at the start that nobody speaks.
        start: begins a window.
        first_timestamp: the token of 0 s.
        languages: code to token; English alone where the model is not multilingual.
        size: tokens that the network has to have outputs for.

    Raises:
        BundleError: it is no tokenizer, or one of another model.
    """

    def __init__(self, content: bytes, *, multilingual: bool) -> None:
        import tokenizers

        try:
            self._tokenizer = tokenizers.Tokenizer.from_str(content.decode("utf-8"))
        except Exception as error:  # the library raises Exception itself
            reason = (str(error).splitlines() or [type(error).__name__])[0]
            raise BundleError(
                f"{TOKENIZER_FILE}: unusable ({reason}); get the model again"
            ) from None
        self.multilingual = multilingual
        self.end = self._find("endoftext")
        self.start = self._find("startoftranscript")
        self.previous = self._find("startofprev")
        self.no_speech = self._find("nospeech", "nocaptions")
        self._translate, self._transcribe = self._find("translate"), self._find("transcribe")
        self.first_timestamp = self._find("notimestamps") + 1
        self.languages = self._read_languages()
        self.size = max(self._tokenizer.get_vocab_size(), self.first_timestamp + 1)

    def opening(self, language: str, *, translate: bool) -> list[int]:
        """Give the tokens that a window begins with."""
        if not self.multilingual:
            return [self.start]
        task = self._translate if translate else self._transcribe
        return [self.start, self.languages[language], task]

    def check(self, language: str | None, *, translate: bool) -> None:
        """Refuse what the model cannot do.

        Raises:
            ConfigurationError: it does not know the language, or cannot translate.
        """
        if language is not None and language not in self.languages:
            known = ", ".join(sorted(self.languages))
            raise ConfigurationError(f"language {language!r} is not one the model knows: {known}")
        if translate and not self.multilingual:
            raise ConfigurationError(
                "this model knows only English and cannot translate; choose a multilingual one"
            )

    def encode(self, text: str) -> list[int]:
        """Give the tokens of a text."""
        return self._tokenizer.encode(text, add_special_tokens=False).ids

    def decode(self, tokens: Sequence[int]) -> str:
        """Give the text of tokens; times and special tokens are left out."""
        return self._tokenizer.decode([token for token in tokens if token < self.end])

    def is_timestamp(self, token: int) -> bool:
        """Tell whether a token is a time."""
        return token >= self.first_timestamp

    def seconds(self, timestamp: int) -> float:
        """Give the time that a token says, from the beginning of the window."""
        return (timestamp - self.first_timestamp) * SECONDS_A_TIMESTAMP

    def split_words(self, tokens: Sequence[int], language: str) -> list[Part]:
        """Split text tokens where a space is, or after each character where there are none."""
        parts: list[Part] = []
        for text, start, end in self._characters(tokens):
            apart = text.startswith(" ") or language in WITHOUT_SPACES or not parts
            if apart:
                parts.append(Part(text, start, end))
            else:
                parts[-1] = Part(parts[-1].text + text, parts[-1].start, end)
        return [Part(part.text.strip(), part.start, part.end) for part in parts]

    @cached_property
    def suppressed(self) -> list[int]:
        """Tokens that are never written: special ones, and marks of what is not speech."""
        special = range(self.end + 1, self.first_timestamp)
        texts = self._tokenizer.decode_batch([[token] for token in range(self.end)])
        marks = {token for token, text in enumerate(texts) if _is_mark(text)}
        notes = {self.encode(f"{before}{note}")[0] for note in NOTES for before in ("", " ")}
        notes -= set(self.encode(" "))  # where a space is a token of its own
        return sorted(marks | notes | set(special))

    @cached_property
    def blank(self) -> list[int]:
        """Tokens that a window does not begin with: a space alone, and the end."""
        return [*self.encode(" "), self.end]

    def _characters(self, tokens: Sequence[int]) -> list[Part]:
        """Group the tokens so that each group is whole characters."""
        parts, start = [], 0
        for end in range(1, len(tokens) + 1):
            text = self.decode(tokens[start:end])
            if REPLACEMENT not in text or end == len(tokens):
                parts.append(Part(text, start, end))
                start = end
        return parts

    def _find(self, *names: str) -> int:
        for name in names:
            token = self._tokenizer.token_to_id(f"<|{name}|>")
            if token is not None:
                return token
        raise BundleError(f"{TOKENIZER_FILE}: there is no <|{names[0]}|> in it; export it again")

    def _read_languages(self) -> dict[str, int]:
        """They stand between the start and the tasks."""
        found = {}
        for token in range(self.start + 1, min(self._translate, self._transcribe)):
            code = str(self._tokenizer.id_to_token(token)).strip("<|>")
            if self.multilingual or code == ENGLISH:
                found[code] = token
        return found


def _is_mark(text: str) -> bool:
    bare = text.strip()
    return text in DASHES or (bare != "" and SOUND_MARKS.issuperset(bare))
