"""The language of a text, out of a few; and None where nobody could tell."""

from __future__ import annotations

import subprocess
import sys

import pytest

from pipelines.translation.language import detect_language

SENTENCES = {
    "en": ["Where is the station?", "She lost her keys last night.", "Click Save to continue."],
    "es": ["¿Dónde está la estación?", "Anoche perdió las llaves.", "Haga clic en Guardar."],
    "fr": ["Où est la gare ?", "Elle a perdu ses clés hier soir.", "Cliquez sur Enregistrer."],
    "de": ["Wo ist der Bahnhof?", "Sie hat ihre Schlüssel verloren.", "Klicken Sie auf Speichern."],
    "ru": ["Где находится вокзал?", "Вчера она потеряла ключи.", "Нажмите «Сохранить»."],
    "zh": ["车站在哪里？", "她昨晚丢了钥匙。", "单击“保存”继续。"],
}


@pytest.mark.parametrize("code", SENTENCES)
def test_a_short_sentence_is_told_among_six_languages(code: str) -> None:
    found = [detect_language(text, SENTENCES) for text in SENTENCES[code]]
    assert [item.code if item else None for item in found] == [code] * 3
    assert all(item and 1 / 6 < item.probability <= 1.0 for item in found)


def test_fewer_candidates_make_it_surer() -> None:
    two = detect_language("¿Qué hora es?", ("en", "es"))
    many = detect_language("¿Qué hora es?", ("en", "es", "pt", "it", "ca"))
    assert two
    assert many
    assert two.code == many.code == "es"
    assert two.is_sure
    assert two.probability > many.probability


def test_a_word_of_both_languages_is_unsure() -> None:
    found = detect_language("cancelar", ("es", "pt"))
    assert found
    assert not found.is_sure


@pytest.mark.parametrize("text", ["", "Tom", "12345 + 67890 = ?", "  \n", "OK!", "\udce9\udce9"])
def test_what_is_too_short_is_not_told(text: str) -> None:
    assert detect_language(text, ("en", "es")) is None


@pytest.mark.parametrize("candidates", [(), ("en",), ("en", "en"), ("en", "xx")])
def test_nothing_is_told_where_a_candidate_is_missing(candidates: tuple[str, ...]) -> None:
    assert detect_language("Where is the station?", candidates) is None


def test_half_characters_do_not_stop_it() -> None:
    found = detect_language("Where is the \udce9 station?", ("en", "es"))
    assert found
    assert found.code == "en"


def test_the_detector_is_only_imported_on_use() -> None:
    code = (
        "import sys, pipelines.translation.language as module\n"
        "assert 'py3langid' not in sys.modules\n"
        "module.detect_language('Tom', ('en', 'es'))\n"
        "assert 'py3langid' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
