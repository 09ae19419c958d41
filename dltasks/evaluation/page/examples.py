"""The part of a report that shows examples: pictures, maps, what they are and what was said."""

from __future__ import annotations

from collections.abc import Sequence

from dltasks.evaluation.page.elements import Section, jpeg, pairs, paragraph
from dltasks.evaluation.shown import Look, Pictures, ShownExample

NOTHING = Pictures(None, None)
WITH_MAPS = (
    " Beside each picture is its class activation map: where the network saw {label}. Dark blue is "
    "little, yellow is much; what the network did not see is dimmed."
)


def show_examples(
    title: str, text: str, examples: Sequence[ShownExample], look: Look | None
) -> list[Section]:
    """Show examples; gives no section where there is none.

    Args:
        title: of the section.
        text: what these examples are.
        examples: to show.
        look: makes their pictures; None shows them without.
    """
    if not examples:
        return []
    seen = look(examples) if look else [NOTHING] * len(examples)
    if any(pictures.map for pictures in seen):
        label = "the label after “map for”" if examples[0].label else "the predicted class"
        text += WITH_MAPS.format(label=label)
    shown = "".join(map(_figure, examples, seen))
    return [Section(title, f'{paragraph(text)}<div class="examples">{shown}</div>')]


def _figure(example: ShownExample, pictures: Pictures) -> str:
    truth = ", ".join(example.truth) or "no label"
    said = ", ".join(f"{name} {score:.1%}" for name, score in example.said) or "no label"
    images = []
    if pictures.photograph:
        images.append(jpeg(pictures.photograph, f"example of {truth}"))
    if pictures.map:
        sought = example.label or example.said[0][0]
        images.append(jpeg(pictures.map, f"class activation map for {sought}"))
    about = {"truth": truth, "predicted": said}
    about |= {"map for": example.label} if pictures.map and example.label else {}
    about |= {"file": example.source}
    return (
        f'<figure><div class="pictures">{"".join(images)}</div>'
        f"<figcaption>{pairs(about)}</figcaption></figure>"
    )
