"""The documents about the house name what is there."""

import re
from pathlib import Path

import pytest

from contact_pipeline_tests.architecture.picture import DRAWN, layers, picture, reduced

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
MAP = (ROOT / "docs" / "map.md").read_text(encoding="utf-8")
LEAST_LINES = 20


def test_the_picture_is_the_one_that_the_imports_draw() -> None:
    (drawn,) = DRAWN.findall((ROOT / "docs" / "decisions.md").read_text(encoding="utf-8"))
    assert drawn == picture(), "run: make picture"


def test_an_arrow_that_follows_from_others_is_left_out() -> None:
    assert reduced({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == {"a": {"b"}, "b": {"c"}, "c": set()}


def test_every_place_that_the_guide_names_is_there() -> None:
    rows = re.findall(r"^\| (.+) \| `(contact_pipeline/[\w./]+)`.*\|$", GUIDE, re.MULTILINE)
    assert len(rows) >= LEAST_LINES
    assert [path for _, path in rows if not (ROOT / path).is_file()] == []


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`((?:\w+/)+\w+\.(?:py|sql))`", MAP))))
def test_every_file_on_the_map_is_there(path: str) -> None:
    assert (ROOT / "contact_pipeline" / path).is_file() or (ROOT / path).is_file()


def test_every_room_stands_in_the_guide_or_is_an_edge_or_ground() -> None:
    rooms = {room for floor in layers() for room in floor}
    named = set(re.findall(r"`contact_pipeline/(\w+)", GUIDE))
    assert rooms - named <= {"definitions", "web", "opening", "stage", "quality", "settings"}
