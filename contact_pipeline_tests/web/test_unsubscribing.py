"""The way out: one click of a mail program, a page that never acts by itself, and tickets that only we can make."""

from collections.abc import Iterator
from urllib.parse import urlencode

import pytest

from contact_pipeline.outreach.tickets import Ticket, read_ticket, write_ticket
from contact_pipeline.web.words import WORDS, language_of
from contact_pipeline_tests.lab.lab import KEY, Lab, csv
from contact_pipeline_tests.web.edge import PUBLIC, Edge, serving

MIA, OTHER = "mia-one@ok.test", "mia-two@ok.test"
FORM = (("Content-Type", "application/x-www-form-urlencoded"),)
ONE_CLICK = "List-Unsubscribe=One-Click"


@pytest.fixture
def edge(lab: Lab) -> Iterator[Edge]:
    """Mia is on two lists; the edge is reached by a public name."""
    lab.with_source("shop", purpose="news")
    lab.with_source("crm", purpose="offers")
    lab.with_policy(
        web={"public_url": f"https://{PUBLIC}"}, sender={"name": "Quux Tea", "postal_address": "1 Mill Lane"}
    )
    lab.drop("shop", csv("Name,Email,Email 2", f"Mia Lopez,{MIA},{OTHER}"))
    lab.drop("crm", csv("Name,Email", f"Mia Lopez,{MIA}"))
    with serving(lab) as edge:
        yield edge


def link(purpose: str = "", email: str = MIA) -> str:
    return f"/u/{write_ticket(KEY, Ticket(KEY.email(email), purpose))}"


def click(edge: Edge, path: str, body: str = ONE_CLICK, headers: object = FORM) -> int:
    return edge.post(path, body, headers, host=PUBLIC).status


def lists(lab: Lab) -> list[str]:
    return [p for (p,) in lab.rows("select purpose from curated.contact_purposes where channel = 'email' order by 1")]


def test_one_click_is_in_effect_in_every_view_when_it_is_answered(edge: Edge) -> None:
    lab = edge.lab
    lab.with_policy(email={"allow_special_use_domains": True, "mailable_verdicts": ["unknown"]})
    assert lab.value("select count(*) from curated.mailable_contacts") == 1
    assert click(edge, link()) == 200
    assert lab.value("select count(*) from curated.mailable_contacts") == 0
    assert lists(lab) == []
    assert lab.why(MIA)[0] == "suppressed" and not lab.may(MIA)[0]
    query = "select reason, source, acted_at, received_at from core.suppressions where subject_key = %s"
    assert lab.row(query, KEY.email(MIA)) == ("opt_out", "unsubscribe", lab.now, lab.now)
    assert lab.value("select max(processing_days) from curated.suppressed") == 0
    for _ in range(2):
        assert click(edge, link()) == 200


def test_a_form_of_several_parts_counts_as_well(edge: Edge) -> None:
    """RFC 8058 8.2"""
    body = '--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n'
    assert click(edge, link(), body, [("Content-Type", "multipart/form-data; boundary=b")]) == 200
    assert edge.lab.why(MIA)[0] == "suppressed"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_looking_at_it_never_unsubscribes(edge: Edge, method: str) -> None:
    answer = edge.ask(method, link() + "?List-Unsubscribe=One-Click", host=PUBLIC)
    assert answer.status == 200
    assert edge.lab.why(MIA)[0] == "allowed"
    assert edge.lab.value("select count(*) from core.suppressions") == 0


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        ("", FORM), ("foo=bar", FORM), (ONE_CLICK, ()), ("List-Unsubscribe=one-click", FORM),
        (ONE_CLICK, [("Content-Type", "text/plain")]), ("x" * 100_000 + "&" + ONE_CLICK, FORM),
        ("--b\r\nbroken", [("Content-Type", "multipart/form-data; boundary=b")]),
        ("--b", [("Content-Type", "multipart/form-data")]), ("&".join(["a=b"] * 5000), FORM), ("\x00%zz=%ff", FORM),
    ],
)  # fmt: skip
def test_what_is_no_one_click_does_nothing(edge: Edge, body: str, headers: object) -> None:
    assert click(edge, link(), body, headers) == 400
    assert edge.lab.why(MIA)[0] == "allowed"


def test_a_ticket_that_is_not_ours_to_the_letter_finds_nothing(edge: Edge) -> None:
    good = link("news")[3:]
    bad = [good[:-1], good + "A", good.swapcase(), good + "=", "", "x", "../" + good, good[1:], "é" + good]
    bad += [good[:place] + ("A" if letter != "A" else "B") + good[place + 1 :] for place, letter in enumerate(good)]
    assert [text for text in bad if read_ticket(KEY, text)] == []
    answers = {click(edge, f"/u/{text}") for text in (good[:-1], good + "A", good.swapcase(), "x", "a" * 5000)}
    assert answers == {404}
    assert edge.ask("GET", "/u/x", host=PUBLIC).text == "Not found.\n"
    assert edge.lab.why(MIA)[0] == "allowed"


def test_a_ticket_names_nobody_and_says_which_list() -> None:
    text = write_ticket(KEY, Ticket(KEY.email(MIA), "news"))
    assert read_ticket(KEY, text) == Ticket(KEY.email(MIA), "news")
    assert MIA not in text.lower() and len(text) < 100


def test_one_list_is_left_and_the_other_stays(edge: Edge) -> None:
    lab = edge.lab
    lab.with_policy(email={"allow_special_use_domains": True, "mailable_verdicts": ["unknown"]})
    assert lists(lab) == ["news", "offers"]
    assert click(edge, link("news")) == 200
    assert lists(lab) == ["offers"]
    assert lab.why(MIA)[0] == "allowed"
    assert click(edge, link("offers", OTHER)) == 200, "by the further address of the same person"
    assert lists(lab) == [] and lab.why(MIA)[0] == "suppressed"


def test_a_list_that_was_left_is_left_by_whoever_comes_later(edge: Edge) -> None:
    lab = edge.lab
    lab.with_policy(email={"allow_special_use_domains": True, "mailable_verdicts": ["unknown"]})
    assert click(edge, link("news", "new-one@ok.test")) == 200
    lab.drop("shop", csv("Name,Email", "New One,new-one@ok.test"))
    assert lab.why("new-one@ok.test")[0] == "suppressed"
    lab.drop("crm", csv("Name,Email", "New One,new-one@ok.test"))
    assert lab.why("new-one@ok.test")[0] == "allowed"


def test_the_page_says_whose_address_it_is_and_leaves_a_choice(edge: Edge) -> None:
    page = edge.ask("GET", link("news"), host=PUBLIC)
    assert "m…@ok.test" in page.text and MIA not in page.text
    assert 'value="news" checked' in page.text and 'value="offers"' in page.text
    assert "<script" not in page.text and "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert page.headers["Referrer-Policy"] == "same-origin" and page.headers["Cache-Control"] == "no-store"
    assert click(edge, link("news"), "page=1") == 400
    assert edge.lab.why(MIA)[0] == "allowed"
    done = edge.post(link("news"), urlencode({"page": "1", "purpose": "offers"}), FORM, host=PUBLIC)
    assert done.status == 200 and "offers" in done.text
    assert edge.lab.rows("select distinct purpose from core.purpose_suppressions") == [("offers",)]
    assert click(edge, link("news"), "page=1&purpose=somebody-elses") == 400
    assert click(edge, link("news"), "page=1&all=1") == 200
    assert edge.lab.why(MIA)[0] == "suppressed"


def test_who_is_not_here_any_more_may_leave_all_the_same(edge: Edge) -> None:
    page = edge.ask("GET", link(email="gone@ok.test"), host=PUBLIC)
    assert page.status == 200 and WORDS["en"].your_address in page.text
    assert click(edge, link(email="gone@ok.test")) == 200
    assert edge.lab.value("select subject_key from core.suppressions") == KEY.email("gone@ok.test")


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("de-CH,de;q=0.9,en;q=0.5", "de"), ("fr", "fr"), ("es-MX", "es"), ("", "en"), ("nl,fr;q=0.4", "fr"),
        ("*", "en"),
        ("en;q=0.1, de;q=0.9", "de"), ("de;q=0", "en"), (";;;,q=,=", "en"), ("x" * 5000, "en"), ("de;q=x", "en"),
    ],
)  # fmt: skip
def test_it_speaks_the_readers_language(said: str, language: str) -> None:
    assert language_of(said) == language


def test_every_language_says_everything(edge: Edge) -> None:
    for language, words in WORDS.items():
        page = edge.ask("GET", link(), [("Accept-Language", language)], host=PUBLIC)
        assert f'<html lang="{language}">' in page.text and words.button in page.text


def test_one_client_asks_so_many_times_a_minute(lab: Lab) -> None:
    lab.with_policy(web={"public_url": f"https://{PUBLIC}", "page_requests_per_minute": 5})
    with serving(lab) as edge:
        assert [click(edge, "/u/x") for _ in range(6)] == [404] * 5 + [429]


ROUTES = (
    "/",
    "/ready",
    "/metrics",
    "/health",
    "/u/x",
    "/webhooks/sendgrid",
    "/events",
    "/docs",
    "/u",
    "/webhooks",
    "//ready",
    "/u/../ready",
)


@pytest.mark.parametrize("path", ROUTES)
def test_the_public_name_reaches_the_public_pages_only(edge: Edge, path: str) -> None:
    is_public = path in ("/health", "/u/x", "/webhooks/sendgrid", "/events") or path.startswith("/u/")
    outside = edge.ask("GET", path, host=PUBLIC)
    assert (outside.status != 421) == is_public
    assert edge.ask("GET", path, host="evil.example").status == 421
    assert outside.headers["X-Content-Type-Options"] == "nosniff"


def test_a_foreign_page_does_not_read_what_is_inside(edge: Edge) -> None:
    answer = edge.ask("GET", "/metrics", [("Origin", "https://evil.example"), ("Sec-Fetch-Site", "cross-site")])
    assert answer.status == 403
