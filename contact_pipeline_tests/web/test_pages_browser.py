"""The ways that matter, in a real browser: a list dropped after a look, an opt-out, an erasure, a held drop let go, a
question decided by keyboard. And every page by axe-core, wide and narrow."""

import json
import os
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pytest

from contact_pipeline.adapters.postgres.alerts import Alerts
from contact_pipeline.core.alerts import BUDGET
from contact_pipeline.quality.counts import keep_quality_counts
from contact_pipeline.quality.kpis import measure_kpis
from contact_pipeline.web.inside.accounts import add_user
from contact_pipeline_tests.lab.lab import Lab, csv
from contact_pipeline_tests.web.browser import Page, browser, program
from contact_pipeline_tests.web.edge import Edge, serving
from contact_pipeline_tests.web.inside import PASSWORD, Reader
from contact_pipeline_tests.web.test_unsubscribe_page import press, size

MIA = "mia.quandt@ok.test"
PICTURES = "CONTACT_PIPELINE_TEST_PICTURES"  # a folder: leaves what was seen there
# Of the Big List of Naughty Strings, and some of ours: markup, attributes, templates, control and right-to-left marks.
NAUGHTY = (
    "<script>document.title='owned'</script>", "\"><img src=x onerror=\"document.title='owned'\">",
    "<svg/onload=document.title='owned'>", "javascript:document.title='owned'", "{{ 7*7 }}${7*7}<%= 7*7 %>",
    "' onmouseover='document.title=1", "</title></textarea><b>",
    "Ω≈ç√∫˜µ≤≥÷", "\u202etest\u202e", "ﷺ 田中さん 👩‍👩‍👧‍👦",
    "=HYPERLINK(1)", "null", "%s%n", "../../etc/passwd", "&lt;b&gt;",
)  # fmt: skip


@pytest.fixture
def edge(lab: Lab) -> Iterator[Edge]:
    program()
    lab.drop("crm", csv("Name,Email,Phone,Company", f"Mia Quandt,{MIA},+4915123456700,Tea Works", ",,,"))
    lab.drop(
        "crm",
        "Name,Email\n" + "\n".join(f'"{n.replace(chr(34), chr(34) * 2)}",n{i}@ok.test' for i, n in enumerate(NAUGHTY)),
    )
    with lab.session.connection("test") as connection:
        Alerts(connection).open_alert(BUDGET, "hunter", counts={"percent": 85})
    measure_kpis(lab.session)
    keep_quality_counts(lab.session)
    for role in ("manager", "analyst", "steward", "compliance"):
        add_user(lab.session, role, role, PASSWORD)
    with serving(lab) as edge:
        yield edge


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    with browser(tmp_path / "profile") as page:
        yield page


def sign_in(page: Page, edge: Edge, role: str) -> None:
    page.open(f"http://127.0.0.1:{edge.port}/sign-in")
    page.run("document.getElementById('name').focus()")
    page.call("Input.insertText", text=role)
    press(page, "Tab", 9)
    page.call("Input.insertText", text=PASSWORD)
    press(page, "Enter", 13, "\r")
    page.until("document.querySelector('nav') !== null && location.pathname === '/'")


def go(page: Page, edge: Edge, path: str) -> None:
    page.open(f"http://127.0.0.1:{edge.port}{path}")


def look(page: Page, name: str) -> None:
    if folder := os.environ.get(PICTURES):
        page.picture(Path(folder) / f"{name}.png")


def fill(page: Page, values: dict[str, str]) -> None:
    """Fields by their id."""
    for field, value in values.items():
        page.run(f"document.getElementById({json.dumps(field)}).value = {json.dumps(value)}")


def press_button(page: Page, text: str, then: str) -> None:
    page.run(
        "[...document.querySelectorAll('main button')]"
        f".find(b => b.innerText.trim().startsWith({json.dumps(text)})).click()"
    )
    page.until(f"document.readyState === 'complete' && ({then})")


def contact_path(edge: Edge) -> str:
    return f"/contacts/{edge.lab.value('select public_id from core.contacts where email = %s', MIA)}"


def test_a_list_is_looked_at_and_dropped(edge: Edge, page: Page, tmp_path: Path) -> None:
    file = tmp_path / "leads <b>.csv"
    file.write_text(
        csv(
            "Full Name,E-Mail,Company,Lieblingsfarbe",
            f"Mia Quandt,{MIA},Coffee Works,red",
            "Bo Berg,bo@ok.test,Berg,blue",
        )
    )
    sign_in(page, edge, "steward")
    go(page, edge, "/drops")
    node = page.call("DOM.querySelector", nodeId=page.call("DOM.getDocument")["root"]["nodeId"], selector="#file")
    page.call("DOM.setFileInputFiles", files=[str(file)], nodeId=node["nodeId"])
    page.run("document.getElementById('source').value = 'crm'")
    press_button(page, "Preview", "document.title.startsWith('Preview')")
    text = page.text()
    look(page, "preview")
    assert "The gate would let it pass" in text and "Lieblingsfarbe" in text and "leads _b_.csv" in text
    told = page.run(
        "Object.fromEntries([...document.querySelectorAll('dt')]"
        ".map(d => [d.innerText, d.nextElementSibling.innerText]))"
    )
    assert (told["New contacts"], told["Known contacts"], told["Rows not usable"]) == ("1", "1", "0")
    assert edge.lab.value("select count(*) from core.contacts where email = 'bo@ok.test'") == 0, "nothing has changed"
    assert edge.lab.value("select count(*) from raw.drops") == 2
    press_button(page, "Drop it", "location.search === '?said=dropped'")
    assert "nobody watches it" in page.text()
    (dropped,) = (edge.lab.settings.incoming / "crm").glob("*.csv")
    assert dropped.read_text() == file.read_text()
    assert not [left for left in (edge.lab.settings.home / "uploads").iterdir()]


def test_an_opt_out_and_an_erasure(edge: Edge, page: Page) -> None:
    sign_in(page, edge, "compliance")
    go(page, edge, "/contacts")
    fill(page, {"who": " MIA.Quandt@OK.test "})
    press_button(page, "Find", "document.querySelector('h1').innerText === 'Mia Quandt'")
    assert MIA not in page.run("location.href"), "no address in the address bar"
    page.run("document.querySelectorAll('details')[1].open = true")
    look(page, "contact")
    fill(page, {"evidence": "asked by phone"})
    press_button(page, "Opt out", "location.search === '?said=closed'")
    assert edge.lab.why(MIA)[0] == "suppressed"
    assert "suppressed" in page.text()
    go(page, edge, "/desk")
    fill(page, {"kind": "erase", "who": MIA, "reference": "R-7"})
    press_button(page, "Write down", "location.search === '?said=opened'")
    assert MIA not in page.text()
    assert page.run("document.title").startswith("R-7"), page.text()
    fill(page, {"confirm": "R-7"})
    press_button(page, "Serve", "document.title.startsWith('That does not work')")
    go(page, edge, f"/desk/{edge.lab.value('select id from ops.subject_requests')}")
    page.run("document.querySelector('details').open = true")
    fill(page, {"how": "showed a card"})
    press_button(page, "Note it", "location.search === '?said=identified'")
    fill(page, {"confirm": "R-7"})
    press_button(page, "Serve", "location.search === '?said=served'")
    go(page, edge, "/desk?figures=1")
    reader = Reader(edge.port)
    reader.sign_in("compliance")
    proof = reader.get(page.run("document.querySelector('a[href^=\"/desk/certificates/\"]').getAttribute('href')"))
    assert proof.headers["Content-Type"] == "application/json" and proof.json() and "mia" not in proof.text.lower()
    assert "Consents" in page.text() and "erased" in page.text()
    look(page, "request")
    assert edge.lab.value("select count(*) from core.contacts where email = %s", MIA) == 0
    assert edge.lab.rows("select viewed_by, page from ops.page_views") == [("compliance", "contact")] * 2


def test_a_held_drop_is_let_go(edge: Edge, page: Page) -> None:
    key = edge.lab.drop("crm", csv("email,company", "ada@ok.test,Engines", ",Nobody"))
    assert edge.lab.value("select held_reason from raw.drops where key = %s", key)
    sign_in(page, edge, "steward")
    go(page, edge, f"/drops/{key}")
    look(page, "held")
    fill(page, {"reason": "looked at the list"})
    press_button(page, "Approve", "location.search === '?said=approved'")
    found = edge.lab.row("select held_reason, approved_by, approved_reason from raw.drops where key = %s", key)
    assert found == (None, "steward", "looked at the list")


def test_a_question_is_decided_by_keyboard(edge: Edge, page: Page) -> None:
    edge.lab.do(
        "insert into ops.reviews (kind, contact_id, details)"
        " select 'spot_check', id, '{}' from core.contacts where email = %s",
        MIA,
    )
    sign_in(page, edge, "steward")
    go(page, edge, "/reviews")
    page.run("document.querySelector('main .button').click()")
    page.until("document.activeElement?.id === 'reason'")
    look(page, "review")
    page.call("Input.insertText", text="she said so")
    for _ in range(1):
        press(page, "Tab", 9)
    assert page.run("document.activeElement.value") == "accepted"
    press(page, "Enter", 13, "\r")
    page.until("location.search === '?said=accepted'")
    assert edge.lab.row("select decision, closed_by, reason from ops.reviews") == ("accepted", "steward", "she said so")


@pytest.mark.parametrize(("role", "paths"), [
    ("compliance", ("/", "/alerts", "/reports", "/quality", "/analytics?by=country", "/drops",
                    "/contacts?list=contacts", "/reviews", "/desk", "/outreach",
                    "/costs", "{contact}", "{drop}")),
    ("analyst", ("/contacts?list=contacts", "{contact}")),
])  # fmt: skip
def test_everybody_can_use_every_page(edge: Edge, page: Page, role: str, paths: tuple[str, ...]) -> None:
    axe = resources.files("axe_core_python").joinpath("axe.min.js").read_text(encoding="utf-8")
    go(page, edge, "/sign-in")
    assert violations(page, axe) == []
    sign_in(page, edge, role)
    drop = edge.lab.value("select key from raw.drops limit 1")
    for path in paths:
        for width in (1280, 390):
            size(page, width, 900)
            go(page, edge, path.format(contact=contact_path(edge), drop=f"/drops/{drop}"))
            page.run("document.querySelectorAll('details').forEach(d => d.open = true)")
            assert violations(page, axe) == [], (path, width)
            assert page.run("document.documentElement.scrollWidth <= innerWidth"), f"{path} is cut off at {width}"
            assert page.run("document.title").endswith("· Contact pipeline"), "no name has run as markup"
            assert (
                page.run(
                    "document.scripts.length + document.querySelectorAll('img, b, [onload], [onmouseover]').length"
                )
                == 0
            )
            assert not page.run(
                "performance.getEntriesByType('resource').filter(r => !r.name.startsWith(location.origin)).length"
            )
        look(page, f"{role}-{path.strip('/').split('?')[0].strip('{}') or 'overview'}")


def violations(page: Page, axe: str) -> list[str]:
    """What axe-core finds, by its rules for WCAG 2.1 A and AA."""
    page.run(f"{axe}; 0")
    found = page.run("axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']}).then(r =>"
                     " r.violations.map(v => v.id + ': ' + v.nodes[0].html))")  # fmt: skip
    return list(found)
