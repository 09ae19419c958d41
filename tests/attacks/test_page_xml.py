"""Pages in XML of strangers: entities, nesting, many lines."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from pipelines.errors import InputError
from pipelines.handwriting.page_xml import cut_lines, read_layout, xml

ENTITIES = [
    '<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">',
    '<!ENTITY b SYSTEM "file:///etc/hostname">',
    '<!ENTITY % c SYSTEM "file:///etc/hostname"> %c;',
]


@pytest.mark.parametrize("entities", ENTITIES)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_no_entity_is_resolved(entities: str, encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "leaf.xml"
    content = f"<?xml version='1.0' encoding='{encoding}'?><!DOCTYPE PcGts [{entities}]>"
    path.write_text(f"{content}<PcGts>&b;</PcGts>", encoding)
    with pytest.raises(InputError, match="refused, it declares entities"):
        read_layout(path)


def test_xml_has_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml, "MOST_BYTES", 10)
    path = tmp_path / "leaf.xml"
    path.write_text("<PcGts></PcGts>")
    with pytest.raises(InputError, match="more than 10 bytes of XML"):
        read_layout(path)


def test_deep_xml_is_read(tmp_path: Path) -> None:
    path = tmp_path / "leaf.xml"
    deep = 200_000
    path.write_text(f"<PcGts>{'<Page>' * deep}{'</Page>' * deep}</PcGts>")
    assert read_layout(path).lines == ()
    groups = "<OrderedGroupIndexed index='0'>" * deep + "</OrderedGroupIndexed>" * deep
    path.write_text(f"<PcGts><Page><ReadingOrder>{groups}</ReadingOrder></Page></PcGts>")
    assert read_layout(path).lines == ()


@pytest.mark.parametrize("line", ['<Baseline points="1,5 9,5"/>', '<Coords points="1,1 9,1 9,9"/>'])
def test_many_lines_take_their_time_and_no_more(line: str, tmp_path: Path) -> None:
    from PIL import Image

    def seconds(count: int) -> float:
        path = tmp_path / "leaf.xml"
        lines = f"<TextLine>{line}</TextLine>" * count
        path.write_text(f"<PcGts><Page><TextRegion>{lines}</TextRegion></Page></PcGts>")
        started = time.process_time()
        found = cut_lines(Image.new("L", (20, 20)), read_layout(path), "leaf.xml")
        assert len(found) == count
        return time.process_time() - started

    assert seconds(2500) < 12 * max(seconds(500), 5e-3)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_a_named_pipe_is_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "leaf.xml"
    os.mkfifo(path)
    with pytest.raises(InputError, match="a named pipe or a device, not a file"):
        read_layout(path)


@pytest.mark.parametrize("number", ["1e308", "-1e308", "1e-320", "99999999999999999999"])
def test_absurd_lengths_are_outside_of_the_picture_or_at_its_edge(
    number: str, tmp_path: Path
) -> None:
    from PIL import Image

    from pipelines.handwriting.page_xml import LaidOutPage

    path = tmp_path / "leaf.xml"
    size = 'imageWidth="1e-300" imageHeight="1e-300"'
    for page in ("", size):
        line = f'<TextLine><Coords points="0,0 {number},0 {number},{number}"/></TextLine>'
        path.write_text(f"<PcGts><Page {page}><TextRegion>{line}</TextRegion></Page></PcGts>")
        laid_out = LaidOutPage("a.png", read_layout(path), "leaf.xml")
        try:
            (found,) = laid_out.cut(Image.new("L", (20, 20)), 8.0)
        except InputError:
            continue
        assert max(max(point) for point in found.outline.polygon) <= 160


def test_a_name_with_a_line_break_is_told_in_one_line(tmp_path: Path) -> None:
    from PIL import Image

    path = tmp_path / "leaf.xml"
    path.write_text('<PcGts><Page><TextLine id="a&#10;b"/></Page></PcGts>')
    (line,) = read_layout(path).lines
    assert line.identifier == "a b"
    (found,) = cut_lines(Image.new("L", (20, 20)), read_layout(path), "leaf.xml")
    assert found.problem
