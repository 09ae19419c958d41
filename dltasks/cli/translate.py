"""dltasks translate: text in another language."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from dltasks.cli import options as shared
from dltasks.cli.answer import Answer, Answering
from dltasks.cli.output import FORMATS, TEXT_FORMATS, ResultLayout
from pipelines.options import TranslationOptions

LONGEST_SHOWN = 60  # characters of a sentence


def _to_text(result: dict[str, Any]) -> str:
    alternatives = result["alternatives"]
    lines = [result["text"]]
    if len(alternatives) > 1:
        lines = [f"{item['score']:8.3f}  {item['text']}" for item in alternatives]
    for alignment in result["alignments"]:
        lines += _list_alignment(alignment)
    return "\n".join(lines)


def _list_alignment(alignment: dict[str, Any]) -> list[str]:
    """Say of each target piece which source pieces it looked at most."""
    width = max(map(len, alignment["target"]))
    lines = []
    for piece, weights in zip(alignment["target"], alignment["weights"], strict=True):
        ranked = sorted(zip(weights, alignment["source"], strict=True), reverse=True)[:3]
        seen = "  ".join(f"{source} {weight:.0%}" for weight, source in ranked)
        lines.append(f"    {piece:{width}}  {seen}")
    return lines


def _to_rows(result: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [
        (rank, item["text"], f"{item['score']:.6f}")
        for rank, item in enumerate(result["alternatives"], start=1)
    ]


def _formats_that_show(options: dict[str, Any]) -> tuple[str, ...]:
    if options["align"]:
        return ("table", "json", "jsonl")
    return FORMATS if options["n_best"] > 1 else TEXT_FORMATS


def _doubt(result: Any) -> str:
    """Say that a text is in another language, or which sentence is probably wrong."""
    if result.language:
        return f"reads like {result.language!r}; is it translated from the right language?"
    if not result.doubtful:
        return ""
    first = result.doubtful[0]
    return f"probably wrong ({first.confidence:.0%} sure): {_shorten(first.source)!r}"


def _shorten(text: str) -> str:
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 3]}..."


LAYOUT = ResultLayout(_to_text, ("rank", "translation", "score"), _to_rows, shows_source=False)
ANSWERING = Answering(
    "translation",
    TranslationOptions,
    LAYOUT,
    TEXT_FORMATS,
    replaced=["glossary"],
    shows=_formats_that_show,
    doubt=_doubt,
    takes_text=True,
)


@ANSWERING.command(
    click.Option(["--from", "source"], help="Language code.  [default: the model's]"),
    click.Option(["--to", "target"], help="Language code.  [default: the model's]"),
    click.Option(
        ["--glossary"],
        type=click.Path(dir_okay=False, path_type=Path),
        help="TSV file: a term, a tab, and its translation.",
    ),
    shared.picture("--alignment-image", "Draw which source words each word comes from."),
)
def translate_command(
    answer: Answer,
    source: str | None,
    target: str | None,
    glossary: Path | None,
    alignment_image: Path | None,
) -> None:
    """Translate text.

    INPUT is a text, a file (translated line by line), or - for standard input. Documents keep
    their structure: .srt, .vtt, .po, .md, .html, .docx, .odt. With -o FOLDER/, each file becomes a
    file there.

    \b
    dltasks translate "Where is the station?" --to es
    dltasks translate letter.txt --from es --to en -o letter.en.txt
    dltasks translate film.srt notes.md --to es -o spanish/
    """
    from dltasks.cli.documents import check_are_files, translate_documents
    from dltasks.cli.texts import expand_globs, expand_texts, is_document, is_file, read_glossary

    terms = {"glossary": read_glossary(glossary)} if glossary else {}
    answer.read += [glossary] if glossary else []
    options = answer.options(**terms)
    inputs = list(expand_globs(answer.inputs))
    answer.read += inputs
    if answer.goes_into_folder or any(map(is_document, inputs)):
        check_are_files(inputs, [*map(is_file, inputs)])
        translate_documents(answer, inputs, lambda: _load(answer, source, target), options)
    texts = expand_texts(inputs, answer.console.say)
    pipeline = _load(answer, source, target)
    answer.console.detail(f"{pipeline.source} to {pipeline.target}")
    if alignment_image is None:
        answer.run(pipeline, texts, options)
    picture = shared.Picture("--alignment-image", alignment_image, _draw_alignment)
    shown = _without_alignments if not options["align"] else lambda result: result
    answer.run(pipeline, texts, options | {"align": True}, picture=picture, prepare=shown)


def _load(answer: Answer, source: str | None, target: str | None) -> Any:
    """Load the model: the given one, one that was pulled for the pair, or the built-in one."""
    from pipelines.translation.choosing import choose_model

    default = None if answer.names_model else choose_model(source, target)
    return answer.load(default, source=source, target=target)


def _without_alignments(result: Any) -> Any:
    return replace(result, alignments=())


def _draw_alignment(source: Any, result: Any) -> Any:
    from pipelines.translation.alignment_image import draw_alignments

    return draw_alignments(result.alignments) if result.alignments else None
