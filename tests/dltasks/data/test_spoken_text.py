from __future__ import annotations

import pytest

from dltasks.data.spoken_text import normalise_spoken


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("“Don’t!” she said — twice.", "don't she said twice"),
        ("'Quoted' words; rock 'n' roll", "quoted words rock n roll"),
        ("Straße, ÉCOLE e\u0301t\u00e9", "straße école été"),
        ("well-known\tthings\n3.5", "well known things 3 5"),
        ("हिन्दी", "हिन्दी"),  # vowel signs are marks, and are heard
        (" ... ", ""),
        ("'", ""),
    ],
)
def test_what_cannot_be_heard_is_left_out(written: str, spoken: str) -> None:
    assert normalise_spoken(written) == spoken
    assert normalise_spoken(spoken) == spoken
