"""The unsubscribe page as a person meets it: in a real browser, on a phone, without script, by keyboard and by ear."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from contact_pipeline.outreach.tickets import Ticket, write_ticket
from contact_pipeline_tests.lab.lab import KEY, Lab, csv
from contact_pipeline_tests.web.browser import Page, browser, program
from contact_pipeline_tests.web.edge import Edge, serving

MIA = "mia-one@ok.test"
PICTURES = "CONTACT_PIPELINE_TEST_PICTURES"  # a folder: leaves what was seen there


@pytest.fixture
def edge(lab: Lab) -> Iterator[Edge]:
    program()
    for source, purpose in (("shop", "product news"), ("crm", "offers")):
        lab.with_source(source, purpose=purpose)
    lab.with_policy(sender={"name": "Quux Tea", "postal_address": "1 Mill Lane, Quuxton"})
    lab.drop("shop", csv("Name,Email", f"Mia Lopez,{MIA}"))
    lab.drop("crm", csv("Name,Email", f"Mia Lopez,{MIA}"))
    with serving(lab) as edge:
        yield edge


def look(page: Page, name: str) -> None:
    if folder := os.environ.get(PICTURES):
        page.picture(Path(folder) / f"{name}.png")


def size(page: Page, width: int, height: int) -> None:
    page.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=2, mobile=width < 600)


def press(page: Page, key: str, code: int, text: str = "") -> None:
    more = {"text": text} if text else {}
    page.call("Input.dispatchKeyEvent", type="keyDown", key=key, windowsVirtualKeyCode=code, **more)
    page.call("Input.dispatchKeyEvent", type="keyUp", key=key, windowsVirtualKeyCode=code)


def test_by_keyboard_without_script_on_a_phone(edge: Edge, tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{edge.port}/u/{write_ticket(KEY, Ticket(KEY.email(MIA), 'product_news'))}"
    with browser(tmp_path) as page:
        page.call("Emulation.setScriptExecutionDisabled", value=True)
        size(page, 390, 720)
        page.open(url)
        look(page, "unsubscribe-phone")
        assert "m…@ok.test" in page.text() and "Quux Tea" in page.text()
        assert page.run("document.documentElement.scrollWidth <= innerWidth"), "nothing is cut off"
        assert page.run("getComputedStyle(document.querySelector('button')).minHeight") == "48px", (
            "the style is applied"
        )
        names = page.call("Accessibility.getFullAXTree")["nodes"]
        told = {(n["role"]["value"], n.get("name", {}).get("value", "")) for n in names if "role" in n}
        assert {("heading", "Unsubscribe"), ("checkbox", "product news"), ("checkbox", "offers"),
                ("checkbox", "All e-mails"), ("button", "Unsubscribe"),
                ("group", "Which e-mails do you no longer want?")} <= told  # fmt: skip
        assert edge.lab.why(MIA)[0] == "allowed", "looking does nothing"
        for _ in range(4):  # past three boxes, to the button
            press(page, "Tab", 9)
        assert page.run("document.activeElement.tagName") == "BUTTON"
        press(page, "Enter", 13, "\r")
        page.until("document.querySelector('[role=status]') !== null")
        look(page, "unsubscribed-phone")
        assert "product news" in page.text()
    assert edge.lab.rows("select purpose from core.purpose_suppressions") == [("product_news",)]


def test_on_a_desk_in_the_readers_language(edge: Edge, tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{edge.port}/u/{write_ticket(KEY, Ticket(KEY.email(MIA)))}"
    with browser(tmp_path) as page:
        size(page, 1200, 720)
        page.call("Network.enable")
        page.call("Network.setExtraHTTPHeaders", headers={"Accept-Language": "de-DE,de;q=0.9"})
        page.open(url)
        look(page, "unsubscribe-desk")
        page.run("document.querySelector('[name=all]').click()")
        page.run("document.querySelector('button').click()")
        page.until("document.querySelector('[role=alert]') !== null")
        look(page, "unsubscribe-nothing-chosen")
        page.run("document.querySelector('button').click()")
        page.until("document.querySelector('[role=status]') !== null")
        look(page, "unsubscribed-desk")
        assert "Sie sind abgemeldet" in page.text()
    assert edge.lab.why(MIA)[0] == "suppressed"
