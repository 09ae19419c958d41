"""The model card: a README.md that says what a bundle is, made from its manifest."""

from __future__ import annotations

from typing import Any

from pipelines import catalogue


def write_card(manifest: dict[str, Any], files: list[str]) -> str:
    """Write the card of a bundle in Markdown."""
    command = catalogue.entry(manifest["task"]).command
    sections = [
        f"# {manifest['name']}",
        f"A model for {manifest['task'].replace('-', ' ')}: it can "
        f"{catalogue.entry(manifest['task']).summary}.",
        manifest["notes"],
        f"```\ndltasks {command} INPUT --model {manifest['name']}\n```",
        "if it is installed under this name; otherwise give `--model` the path of this folder.",
        "## Where it comes from\n"
        f"- Weights: {manifest['source']}\n"
        f"- Licence: {manifest['licence']}\n"
        f"- Training data: {manifest['training_data']}",
        "## How good it is\n" + _metrics_table(manifest["metrics"]),
        "## How it was checked\n" + _agreement(manifest),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _metrics_table(metrics: list[dict[str, Any]]) -> str:
    if not metrics:
        return "Not measured."
    columns = ["metric", "value", "data", "split"]
    rows = [[row["name"], f"{row['value']:.4f}", row["data"], row["split"]] for row in metrics]
    if any("examples" in row for row in metrics):
        columns.append("examples")
        rows = [[*cells, row.get("examples", "")] for cells, row in zip(rows, metrics, strict=True)]
    table = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(map(str, row))} |" for row in table)


def _agreement(manifest: dict[str, Any]) -> str:
    lines = [
        f"- {file}: differs from Keras by {difference:.1e} on real examples."
        for file, difference in manifest["agreement"].items()
    ]
    versions = ", ".join(f"{name} {version}" for name, version in manifest["versions"].items())
    return "\n".join([*lines, f"- Made with {versions}."])
