"""Every column of our own tables, as the header of a drop: known exactly, and meant as the tables mean it."""

from typing import Any

import pytest

from contact_pipeline.reading.headers import EXACT
from contact_pipeline.schemas.core import CORE_TABLES
from contact_pipeline.schemas.outreach import OUTREACH_HISTORY, PURPOSE_SUPPRESSIONS
from contact_pipeline_tests.reading.rows import read

NAMES = sorted(
    {column.name for table in (*CORE_TABLES, OUTREACH_HISTORY, PURPOSE_SUPPRESSIONS) for column in table.columns}
)
HELD_TO_BE = {
    "name": "name", "given_name": "given_name", "family_name": "family_name", "email": "email", "phone": "phone",
    "phone_e164": "phone", "company": "company", "title": "title", "linkedin_url": "linkedin_url",
    "location": "location", "country": "country", "record_id": "record_id", "contact_id": "record_id",
    "confidence": "confidence", "confidence_score": "confidence",
}  # fmt: skip
# They close a channel, or are evidence; each is looked at below or is a claim of its own name.
TELLING = {
    "suppress_email", "suppress_phone", "email_closed_at", "phone_closed_at", "processing_restricted", "soft_bounce",
    "soft_bounce_count", "bounced_at", "bounce_type", "bounce_reason", "withdrawn_date", "email_status", "status",
    "complained_at", "unsubscribed_at",
}  # fmt: skip
# What a word of everybody's means stays as it is.
GENERIC = {"position": "title"} | dict.fromkeys(("source", "value", "id", "channel", "reason"), "extra")


def column(name: str) -> Any:
    drop, _ = read(f"{name},Remark\n,-\n")
    return drop.header_map.columns[0]


def row(header: str, cells: str) -> dict[str, Any]:
    return read(f"Given name,Family name,Email,{header}\nAda,Brook,ada@brook.example,{cells}\n")[1][0]


def test_there_are_names() -> None:
    assert {"suppress_email", "soft_bounce_count", "replied_at", "withdrawn_date", "enriched_by"} <= set(NAMES)
    assert len(NAMES) > 120


@pytest.mark.parametrize("name", NAMES)
def test_every_name_is_known_exactly(name: str) -> None:
    found = column(name)
    assert found.sureness == EXACT
    if name in HELD_TO_BE:
        assert found.target == HELD_TO_BE[name]
    elif name in GENERIC:
        assert found.target == GENERIC[name]
    elif name not in TELLING:
        assert found.target in ("extra", f"claim:{name}")


@pytest.mark.parametrize("spelled", [str.upper, str.title, lambda name: name.replace("_", " ")])
@pytest.mark.parametrize("name", [*HELD_TO_BE, *sorted(TELLING)])
def test_spellings_of_a_name(name: str, spelled: Any) -> None:
    assert column(spelled(name)).target == column(name).target


@pytest.mark.parametrize("name", NAMES)
def test_no_name_of_ours_frees_or_evidences_a_consent(name: str) -> None:
    """A date under any of our names but consent_date says nothing of a consent."""
    claims = row(name, "2024-05-02").get("claims", {})
    assert ("consent_date" in claims) == (name == "consent_date")


@pytest.mark.parametrize(
    ("header", "cells", "restrictions"),
    [
        ("suppress_email", "true", ["email:suppression_list"]), ("suppress_email", "false", None),
        ("suppress_phone", "t", ["phone:suppression_list"]), ("suppress_phone", "f", None),
        ("email_closed_at", "2024-05-02", ["email:opt_out"]), ("email_closed_at", "", None),
        ("phone_closed_at", "2024-05-02 10:00:00+00", ["phone:opt_out"]),
        ("processing_restricted", "true", ["email:objection", "phone:objection"]),
        ("processing_restricted", "false", None),
        ("hard_bounce", "true", ["email:hard_bounce"]), ("hard_bounce", "false", None),
        ("soft_bounce", "true", None), ("soft_bounce_count", "3", None), ("soft_bounce_count", "0", None),
        ("bounced_at,bounce_type", "2024-05-02,hard", ["email:hard_bounce"]),
        ("bounced_at,bounce_type", "2024-05-02,soft", None), ("bounced_at,bounce_type", ",", None),
        ("sent_at,opened_at,clicked_at,replied_at", "2024-05-02,2024-05-03,2024-05-04,2024-05-05", None),
        ("can_email,can_call", "false,true", ["email:opt_out"]),
        ("can_email,can_call", "true,false", ["phone:opt_out"]),
        ("can_email,can_call", "true,true", None),
        ("opt_out_date", "2024-05-02", ["email:opt_out", "phone:opt_out"]), ("opt_out_date", "", None),
        ("email_opt_out_date", "2024-05-02", ["email:opt_out"]),
        ("email_opt_out_reason", "too many", ["email:opt_out"]),
        ("suppression_list", "global", ["email:suppression_list"]),
        ("deletion_requested", "true", ["email:deletion_requested", "phone:deletion_requested"]),
        ("consent_type,consent_date,withdrawn_date", "email,2024-05-02,2024-06-02", ["email:no_consent"]),
        ("consent_type,consent_date,withdrawn_date", "phone,2024-05-02,", None),
        ("id,version,created_by,email_due_at,phone_due_at", "7,3,somebody,2024-05-02,2024-05-02", None),
    ],
)  # fmt: skip
def test_what_the_names_close(header: str, cells: str, restrictions: Any) -> None:
    found = row(header, cells)
    assert found.get("restrictions") == restrictions
    assert found["email"] == "ada@brook.example"
    assert "more_emails" not in found and "phone" not in found


@pytest.mark.parametrize("cells", ["true", "1", "4"])
def test_soft_bounces_are_soft(cells: str) -> None:
    for name in ("soft_bounce", "soft_bounce_count"):
        assert row(name, cells)["claims"]["bounce"] == "soft"


def test_consent_names_are_evidence() -> None:
    found = row("consent_type,consent_date,consent_source,consent_ip", "email,2024-05-02,form,192.0.2.7")
    assert found["claims"] == {
        "consent_type": "email", "consent_date": "2024-05-02T00:00:00+00:00", "consent_source": "form",
        "consent_ip": "192.0.2.7",
    }  # fmt: skip
