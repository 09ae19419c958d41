"""dltasks evaluate MODEL DATA: measure a model."""

from __future__ import annotations

import json
from pathlib import Path

import click

from dltasks.cli import options
from dltasks.cli.console import Console
from dltasks.cli.interrupt import raise_from_now_on
from dltasks.durable import write_file


@click.command()
@click.argument("model")
@click.argument("data")
@click.option(
    "--split",
    help="Split to measure: train, valid, test, or a part of tfds:NAME such as 'train[:80%]'.  "
    "[default: test, else valid, else what training held out of this data, else all]",
)
@options.report_format
@click.option(
    "--report",
    "page",
    type=click.Path(path_type=Path),
    help="HTML file for a report with pictures of mistakes (image classification).",
)
@click.option(
    "--plots", type=click.Path(file_okay=False, path_type=Path), help="Folder for PNG plots."
)
@options.output
@options.batch_size
@options.device
@options.offline
@options.console
@click.pass_context
def evaluate_command(
    ctx: click.Context,
    model: str,
    data: str,
    split: str | None,
    output_format: str | None,
    page: Path | None,
    plots: Path | None,
    output: Path | None,
    batch_size: int | None,
    device: str,
    console: Console,
) -> None:
    """Measure MODEL, the folder or name of a bundle, on DATA.

    DATA is what `dltasks train` takes for the task of the model: a folder with one folder per class
    (image classification), a folder of files with a .txt beside each (handwriting, speech), a file
    or folder (translation, text generation), a .csv, .tsv or .jsonl manifest, tfds:NAME,
    or hf:NAME (image classification).

    Exit codes: 0 all measured, 3 some inputs could not be read, 5 no such model.
    """
    from dltasks.cli.endings import choose_format
    from dltasks.cli.output import check_output
    from dltasks.data.examples import SPLITS
    from dltasks.data.sources import with_part
    from dltasks.tasks.evaluate import check_page, evaluate, write_page
    from pipelines import ConfigurationError, InputError, load

    check_output(output, [data])
    check_output(page, [data], "--report")
    if page and output and page.absolute() == output.absolute():
        raise ConfigurationError(f"--report and -o are both {str(page)!r}")
    output_format = choose_format(output_format, output, options.REPORT_FORMATS, "table")
    if split is not None and split not in SPLITS:
        data, split = with_part(data, split), None
    pipeline = load(model, device=device)
    if page:
        check_page(page, pipeline)
    raise_from_now_on()
    console.show_doubts()
    report, measured = evaluate(pipeline, data, split, batch_size, console.say)
    if output_format == "json":
        about = {"model": model, "data": data, "split": measured}
        text = json.dumps({**about, **report.to_dict()}, ensure_ascii=False)
    else:
        text = f"{model} on {data}, split {measured}\n{report.to_text()}"
    if output:
        write_file(output, f"{text}\n")
    else:
        click.echo(text)
    if page:
        write_page(page, report, model, data, measured)
        console.say(f"wrote {page}")
    if plots:
        for path in report.save_plots(plots):
            console.say(f"wrote {path}")
    ctx.exit(InputError.exit_code if report.skipped else 0)
