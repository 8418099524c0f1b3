"""Reports in words: which addresses they name, and what they say of them."""

import pytest

from contact_pipeline.outreach.bounce_classes import BounceClass
from contact_pipeline.outreach.mails import read_returned
from contact_pipeline_tests.outreach.reports_in_languages import LANGUAGES
from contact_pipeline_tests.outreach.reports_of_providers import PROVIDERS
from contact_pipeline_tests.outreach.reports_of_servers import SERVERS
from contact_pipeline_tests.outreach.written_reports import DAEMON, GONE, SENDER, mail, multipart, original

# What is no system's own.
FORMS: dict[str, tuple[bytes, dict[str, BounceClass]]] = {
    "only HTML": (
        mail(
            f"<html><p>Your message could not be delivered to:</p><p><b>{GONE}</b></p><p>550 No such user</p></html>",
            subject="Undeliverable",
            headers="Content-Type: text/html\n",
        ),
        {GONE: BounceClass.HARD},
    ),
    "no address in the report": (
        multipart(
            ("text/plain", "Your message could not be delivered: user unknown."),
            ("message/rfc822", original()),
            kind="multipart/mixed",
        ),
        {GONE: BounceClass.HARD},
    ),
}
SYSTEMS = SERVERS | PROVIDERS | LANGUAGES | FORMS


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_report_in_words_gives_its_recipients_and_what_became_of_them(system: str) -> None:
    message, expected = SYSTEMS[system]
    found = read_returned(message)
    assert {one.recipient: one.meaning and one.meaning.bounce_class for one in found} == expected
    assert {one.kind for one in found} == {"bounce"}


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_same_report_with_other_line_ends_says_the_same(system: str) -> None:
    message, expected = SYSTEMS[system]
    assert {one.recipient for one in read_returned(message.replace(b"\n", b"\r\n"))} == set(expected)


def test_a_daemon_is_nobodys_address() -> None:
    body = f"Your message could not be delivered to:\n\n{DAEMON}\n{SENDER}\npostmaster@mail-a.example\n\n{original('')}"
    assert [one.recipient for one in read_returned(mail(body))] == [None]
