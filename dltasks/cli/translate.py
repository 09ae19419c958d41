"""dltasks translate: say it in another language."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dltasks.cli import options
from dltasks.cli.console import Console
from dltasks.cli.output import FORMATS, ResultLayout, check_output, open_writer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

TASK = "translation"


def _to_text(result: dict[str, Any]) -> str:
    alternatives = result["alternatives"]
    lines = [result["text"]]
    if len(alternatives) > 1:
        lines = [f"{item['score']:8.3f}  {item['text']}" for item in alternatives]
    for alignment in result["alignments"]:
        lines += _draw(alignment)
    return "\n".join(lines)


def _draw(alignment: dict[str, Any]) -> list[str]:
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


LAYOUT = ResultLayout(_to_text, ("rank", "translation", "score"), _to_rows, shows_source=False)


@click.command(epilog="Exit codes: 0 all translated, 3 some inputs failed, 5 no such model.")
@options.inputs_of(TASK)
@click.option("--from", "source", help="Language code.  [default: the model's]")
@click.option("--to", "target", help="Language code.  [default: the model's]")
@click.option(
    "--beams",
    type=click.IntRange(min=1),
    default=4,
    show_default=True,
    help="Translations to search among; 1 is fastest.",
)
@click.option(
    "--n-best", type=click.IntRange(min=1), default=1, show_default=True, help="How many to show."
)
@click.option(
    "--length-penalty",
    type=click.FloatRange(min=0.0),
    default=0.6,
    show_default=True,
    help="0 favours short translations.",
)
@click.option(
    "--coverage-penalty",
    type=click.FloatRange(min=0.0),
    default=0.0,
    show_default=True,
    help="More punishes leaving things out.",
)
@click.option(
    "--keep", metavar="PATTERN", help="Regular expression of what else is not to be translated."
)
@click.option(
    "--glossary",
    type=click.Path(dir_okay=False, path_type=Path),
    help="TSV: a term, and what it has to become.",
)
@click.option("--show-alignment", is_flag=True, help="Show which words each word comes from.")
@click.option(
    "--alignment-image",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Draw it into a PNG file, of one INPUT.",
)
@options.answers(FORMATS)
@click.pass_context
def translate_command(
    ctx: click.Context,
    inputs: tuple[str, ...],
    source: str | None,
    target: str | None,
    model: str,
    beams: int,
    n_best: int,
    length_penalty: float,
    coverage_penalty: float,
    keep: str | None,
    glossary: Path | None,
    show_alignment: bool,
    alignment_image: Path | None,
    output_format: str,
    output: Path | None,
    batch_size: int | None,
    device: str,
    console: Console,
) -> None:
    """Translate text.

    INPUT is a text, a file (translated line by line), or - for standard input. An .srt or .po file
    is translated with its structure kept; name the result with -o.

    \b
    dltasks translate "Where is the station?" --to es
    dltasks translate letter.txt --from es --to en -o letter.en.txt
    """
    from dltasks.cli.answer import write_results
    from dltasks.cli.texts import expand_texts, is_document, read_glossary, translate_document
    from pipelines import load
    from pipelines.errors import ConfigurationError
    from pipelines.search.beam_search import BeamSearch
    from pipelines.translation.pipeline import TranslationOptions

    terms = read_glossary(glossary) if glossary else None
    search = BeamSearch(max(beams, n_best), n_best, length_penalty, coverage_penalty)
    wanted = TranslationOptions(
        search, keep, terms, align=show_alignment or alignment_image is not None
    )
    check_output(output, inputs)
    check_output(alignment_image, inputs)
    pipeline = load(model, task=TASK, device=device, source=source, target=target)
    console.detail(
        f"model {pipeline.bundle.name}, {pipeline.source} to {pipeline.target}, "
        f"{pipeline.threads} threads"
    )
    documents = [item for item in inputs if is_document(item)]
    if documents and len(inputs) > 1:
        raise ConfigurationError(f"{documents[0]} is a document; translate it on its own")
    if documents:
        translate_document(Path(documents[0]), output, pipeline, wanted)
        return
    texts = list(expand_texts(inputs, console.say))
    if alignment_image and len(texts) != 1:
        raise ConfigurationError(f"--alignment-image takes one text, not {len(texts)}")
    results = pipeline.stream(texts, batch_size=batch_size, on_error="return", options=wanted)
    if alignment_image:
        results = _drawn(results, alignment_image, also_shown=show_alignment)
    with open_writer(output_format, output, LAYOUT) as writer:
        code = write_results(pipeline, texts, results, writer)
    ctx.exit(code)


def _drawn(results: Iterable[Any], path: Path, *, also_shown: bool) -> Iterator[Any]:
    """Draw where the pieces of each result come from; there is one."""
    from pipelines.base import Failure
    from pipelines.translation.alignment_image import draw_alignments

    for result in results:
        if not isinstance(result, Failure) and result.alignments:
            draw_alignments(result.alignments).save(path)
            result = result if also_shown else replace(result, alignments=())
        yield result
