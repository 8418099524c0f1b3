"""Charts are well-formed, say what they show to whom cannot see it, and run nothing that a name could smuggle in."""

import xml.etree.ElementTree as ET
from datetime import date

import pytest
from markupsafe import Markup

from contact_pipeline.web.inside import charts
from contact_pipeline.web.inside.tables import Column, Table, shown

HOSTILE = '<script>alert(1)</script>" onload="x'
DAYS = [date(2026, 11, day) for day in (1, 2, 3, 5)]
POINTS = list(zip(DAYS, (0.2, 0.4, None, 0.9), strict=True))
CHARTS = {
    "sparkline": charts.sparkline(POINTS, title=HOSTILE, goal=0.5),
    "line": charts.line({HOSTILE: POINTS}, title=HOSTILE, goal=0.5),
    "stacked": charts.stacked({HOSTILE: {HOSTILE: 3, "b": 1}}, names=[HOSTILE, "b"], title=HOSTILE),
    "bars": charts.bars([(HOSTILE, 12.0), ("b", 0.0)], title=HOSTILE),
    "bullet": charts.bullet(0.4, 0.9, title=HOSTILE),
    "heat_map": charts.heat_map({(HOSTILE, "a"): 0.5, (HOSTILE, "b"): None}, title=HOSTILE),
}


@pytest.mark.parametrize("name", CHARTS)
def test_an_image_with_title_and_description(name: str) -> None:
    image = ET.fromstring(CHARTS[name])
    assert image.get("role") == "img"
    title, described = image.find("title"), image.find("desc")
    assert title is not None and title.text == HOSTILE
    assert described is not None and described.text and any(c.isdigit() for c in described.text)
    assert {title.get("id"), described.get("id")} == set(str(image.get("aria-labelledby")).split())
    assert not [e for e in image.iter() if e.tag == "script" or "onload" in e.attrib or "style" in e.attrib]


def test_a_gap_is_no_zero() -> None:
    image = ET.fromstring(charts.line({"a": POINTS}, title="t"))
    (run,) = image.findall("polyline")  # the last day stands alone behind the gap
    assert len(str(run.get("points")).split()) == 2
    assert len(image.findall("circle")) == 3


def test_a_figure_against_its_goal() -> None:
    kinds = {
        (value, at_most): ET.fromstring(charts.bullet(value, 0.5, title="t", is_at_most=at_most)).findall("rect")[1]
        for value in (0.4, 0.6)
        for at_most in (False, True)
    }
    assert [kinds[key].get("class") for key in ((0.4, False), (0.6, False), (0.4, True), (0.6, True))] == [
        "bad", "good", "good", "bad",
    ]  # fmt: skip


def test_nothing_to_draw_is_no_chart() -> None:
    assert charts.line({"a": [(DAYS[0], None)]}, title="t") == charts.bars([], title="t") == Markup("")


def test_a_file_runs_nothing_in_a_spreadsheet() -> None:
    table = Table("t", "T", (Column("a", "A"), Column("b", "B")), [{"a": "=1+1", "b": "+4915123456700"}, {"a": None}])
    assert table.csv().splitlines() == ["a,b", "'=1+1,+4915123456700", ","]
    assert (shown(None), shown(0.945, "share"), shown(["a_b"], "words"), shown(12345)) == (
        "–", "94.5%", "a b", "12,345",
    )  # fmt: skip
