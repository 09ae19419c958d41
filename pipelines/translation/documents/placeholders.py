"""Placeholders of messages: what a program puts its own texts into."""

from __future__ import annotations

import re
from collections import Counter

PLACEHOLDER = re.compile(
    r"%(?:\([\w ]++\)|\d++\$)?[-+#0]?\d*+(?:\.\d++)?(?:hh|h|ll|l|q|z|j|t)?[sdiufgxXceEp@](?!\w)"
    r"|%\{\w++\}"  # %{name} of Ruby
    r"|%%|%\w++%(?!\w)"
    r"|[$#]?\{[\w.:!\[\]-]*+\}"  # {}, {name}, {0:.2f}, ${name}
    r"|\{\{[^{}\n]*+\}\}"
    r"|<%[^%\n]*+%>"
)


def changed_placeholders(source: str, translation: str) -> list[str]:
    """List the placeholders that only one of a message and its translation has."""
    before, after = (Counter(PLACEHOLDER.findall(text)) for text in (source, translation))
    return sorted(((before - after) + (after - before)).elements())
