"""The bench with both e-mail service providers beside it, whose clocks are the bench's."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from contact_pipeline.esp.registry import Connected, connected
from contact_pipeline.esp.senders.sendgrid import SendGrid as Sender
from contact_pipeline_tests.lab.lab import Lab, csv
from contact_pipeline_tests.lab.vendors.mailchimp import Mailchimp
from contact_pipeline_tests.lab.vendors.mailchimp_members import hash_of
from contact_pipeline_tests.lab.vendors.sendgrid import SendGrid

SENDER = {"name": "Orchid Ltd.", "postal_address": "1 Example Street"}
MIA, TOM, ANA = "mia-one@ok.test", "tom-one@ok.test", "ana-one@ok.test"
LIST = "ca7dee9c-4c2c-4a3f-8a44-3b5e1e9a0f11"
MAILCHIMP = {"purpose": "news", "direction": "two_way", "fields": {"given_name": "FNAME", "family_name": "LNAME"}}
SENDGRID = MAILCHIMP | {
    "fields": {"given_name": "first_name", "company": "w1"}, "list_id": LIST, "groups": {"10": "news"},
}  # fmt: skip
HEADER = "Record ID,Email,First Name,Last Name,Company"
MIA_ROW, TOM_ROW = f"1,{MIA},Mia,Lopez,Orchid", f"2,{TOM},Tom,Ash,Orchid"


@contextmanager
def senders(lab: Lab) -> Iterator[tuple[Mailchimp, SendGrid]]:
    """Both configured; two customers who may be written to."""
    clock = lambda: lab.now.timestamp()  # noqa: E731
    with Mailchimp(clock=clock) as mailchimp, SendGrid(clock=clock) as sendgrid:
        sendgrid.contacts.lists[LIST] = "News"
        sendgrid.contacts.custom_fields["w1"] = ("company", "Text")
        sendgrid.with_group(10, "News")
        environment = {
            "MAILCHIMP_API_KEY": mailchimp.key, "MAILCHIMP_LIST_ID": mailchimp.list_id,
            "MAILCHIMP_BASE_URL": mailchimp.url, "SENDGRID_API_KEY": sendgrid.key, "SENDGRID_BASE_URL": sendgrid.url,
        }  # fmt: skip
        settings = replace(lab.session.settings, environment=environment)
        lab.session = replace(lab.session, settings=settings)
        lab.with_source("shop", purpose="news", documentation="Customers.")
        lab.with_policy(
            sender=SENDER,
            esp={"mailchimp": MAILCHIMP, "sendgrid": SENDGRID},
            email=lab.session.policy.email.model_dump()
            | {"mailable_verdicts": ["valid", "unknown/mailbox_not_checked"]},
        )
        lab.drop("shop", csv(HEADER, MIA_ROW, TOM_ROW))
        yield mailchimp, sendgrid


def system(lab: Lab, name: str) -> Connected:
    """One of them; jobs are waited for without a pause."""
    found = connected(lab.session.settings, lab.session.policy)[name]
    if isinstance(found.esp, Sender):
        found.esp._pause = lambda _seconds: None
    return found


def statuses(mailchimp: Mailchimp) -> dict[str, str]:
    return {member.email: member.status for member in mailchimp.members.by_hash.values()}


def contacts(sendgrid: SendGrid) -> dict[str, str]:
    """Address → given name, of those on the list."""
    return {
        one.texts["email"]: one.texts.get("first_name", "")
        for one in sendgrid.contacts.contacts.values()
        if LIST in one.list_ids
    }


def written(vendor: Any) -> list[tuple[str, str]]:
    """Requests that change something there, and forget them."""
    found = [(one.method, one.path) for one in vendor.requests if one.method != "GET" and "search" not in one.path]
    vendor.requests.clear()
    return found


def member(mailchimp: Mailchimp, email: str) -> Any:
    return mailchimp.members.by_hash[hash_of(email)]


def states(lab: Lab, name: str) -> dict[str, tuple[str, str | None]]:
    """Address → state and reason."""
    rows = lab.rows(
        "select c.email, b.state, b.reason from ops.esp_bases b join core.contacts c on c.email_key = b.email_key"
        " where b.system = %s",
        name,
    )
    return {email: (state, reason) for email, state, reason in rows}
