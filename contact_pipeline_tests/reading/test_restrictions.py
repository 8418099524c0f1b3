"""Opt-outs at the door: in doubt restricted, never freed."""

from typing import Any

import pytest

from contact_pipeline_tests.reading.rows import read


def row(header: Any, cells: Any, file_name: Any = "people.csv") -> Any:
    return read(f"{header}\n{cells}\n", file_name)[1][0]


@pytest.mark.parametrize(
    ("header", "cell", "expected"),
    [
        ("Email Opt Out", "1", ["email:opt_out"]), ("Email Opt Out", "0", None), ("Email Opt Out", "maybe",
        ["email:opt_out"]),
        ("HasOptedOutOfEmail", "TRUE", ["email:opt_out"]), ("DoNotCall", "ja", ["phone:do_not_call"]),
        ("Do Not Call", "nein", None),
        ("Unsubscribed", "x", ["email:unsubscribed"]), ("EMAIL_BLACKLISTED", "Yes", ["email:blacklisted"]),
        ("SMS_BLACKLISTED", "Yes", ["sms:blacklisted"]), ("opt_out_date", "2024-01-01", ["email:opt_out",
        "phone:opt_out"]),
        ("opt_out_date", "last spring", ["email:opt_out", "phone:opt_out"]), ("opt_out_date", "-", None),
        ("email_opt_out_date", "2024-01-01", ["email:opt_out"]), ("suppression_list", "global",
        ["email:suppression_list"]),
        ("suppression_list", "false", None), ("hard_bounce", "true", ["email:hard_bounce"]),
        ("deletion_requested", "2024-01-01", ["email:deletion_requested", "phone:deletion_requested"]),
        ("deletion_requested", "no", None), ("can_email", "false", ["email:opt_out"]), ("can_email", "true", None),
        ("can_call", "0", ["phone:opt_out"]), ("withdrawn_date", "2024-01-01", ["email:no_consent",
        "phone:no_consent"]),
        ("Marketing status", "No consent", ["email:no_consent"]), ("Status", "Unsubscribed", ["email:unsubscribed"]),
    ],
)  # fmt: skip
def test_columns(header: Any, cell: Any, expected: Any) -> None:
    result = row(f"Name,Email,{header}", f"A,a@b.example,{cell}")
    assert result.get("restrictions") == expected
    assert result["email"] == "a@b.example"


def test_an_unreadable_flag_is_counted_and_kept() -> None:
    result = row("Name,Email Opt Out", "A,maybe")
    assert (result["repairs"], result["extra"]) == (["opt_out:unreadable_flag"], {"Email Opt Out": "maybe"})


def test_unreadable_opt_out_date_makes_no_claim() -> None:
    result = row("Name,opt_out_date", "A,last spring")
    assert "claims" not in result
    assert result["extra"] == {"opt_out_date": "last spring"}


@pytest.mark.parametrize(
    ("name", "kind", "restrictions"),
    [
        ("/tmp/x/unsubscribed_members_export_ab12.csv", "suppressions", ["email:unsubscribed"]),
        ("9f3e-cleaned_members_export_ab12.csv", "suppressions", ["email:hard_bounce"]),
        ("cleaned_audience_export.csv", "suppressions", ["email:hard_bounce"]),
        ("subscribed_members_export_ab12.csv", "contacts", None), ("nonsubscribed_members_export.csv", "contacts",
        ["email:no_consent"]),
        ("leads_cleaned.csv", "contacts", None), ("without_bounces.csv", "contacts", None), ("not-unsubscribed.csv",
        "contacts", None),
        ("Bounces 2024.csv", "suppressions", ["email:hard_bounce"]), ("do-not-call.csv", "suppressions",
        ["phone:do_not_call"]),
        ("suppression_list.csv", "suppressions", ["email:suppression_list", "phone:suppression_list"]),
    ],
)  # fmt: skip
def test_file_names(name: Any, kind: Any, restrictions: Any) -> None:
    drop, rows = read("Email Address,First Name,Phone\na@b.example,A,+1 202-555-0101\n", name)
    assert drop.header_map.kind == kind
    assert rows[0].get("restrictions") == restrictions


@pytest.mark.parametrize(
    ("name", "reasons"),
    [
        ("suppression_bounces.csv", ["email:hard_bounce"] * 2), ("suppression_blocks.csv",
        ["email:suppression_list"] * 2),
        ("spam_reports.csv", ["email:spam_report"] * 2), ("export.csv", ["email:hard_bounce",
        "email:suppression_list"]),
    ],
)  # fmt: skip
def test_sendgrid(name: Any, reasons: Any) -> None:
    text = "status,reason,email,created\n5.1.1,gone,a@b.example,1712000000\n4.2.2,full,b@b.example,1712000000\n"
    drop, rows = read(text, name)
    assert drop.header_map.kind == "suppressions"
    assert [r["restrictions"] for r in rows] == [[r] for r in reasons]


def test_suppressions_by_columns_alone() -> None:
    drop, rows = read("email,unsubscribed_at,reason\na@b.example,2024-01-01,x\n,2024-01-01,\n")
    assert drop.header_map.kind == "suppressions"
    assert rows[0]["restrictions"] == ["email:unsubscribed"]
    assert rows[1]["reasons"] == ["nothing_to_suppress"]
    assert read("email,opt_out_date\na@b.example,\n")[0].header_map.kind == "contacts"


def test_a_call_list_with_addresses_only_still_holds_them() -> None:
    assert row("Email", "a@b.example", "do_not_call.csv")["restrictions"] == ["email:do_not_call"]


def test_nothing_is_kept_of_an_erased_person() -> None:
    result = row("Name,Email,Email Opt Out,Notes,deletion_completed", "A,a@b.example,1,secret,2024-01-01")
    assert result == {"row_number": 1, "reasons": ["deletion_completed"]}


def test_ambiguous_dates_need_proof_from_the_whole_file() -> None:
    unproven = read("Name,consent_date\nA,03/04/2024\n")[1][0]
    assert "claims" not in unproven
    assert (unproven["extra"], unproven["repairs"]) == ({"consent_date": "03/04/2024"}, ["date:ambiguous"])
    rows = read("Name,consent_date\n" + "A,03/04/2024\n" * 5 + "B,03/25/2024\n", chunk_rows=2)[1]
    assert {r["claims"]["consent_date"] for r in rows[:5]} == {"2024-03-04T00:00:00+00:00"}
    rows = read("Name,consent_date\nA,25/03/2024\nB,03/25/2024\nC,03/04/2024\n")[1]
    assert rows[2]["repairs"] == ["date:ambiguous"]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("Do Not Allow", ["email:no_consent"]), ("Allow", None), ("Nicht zulassen", ["email:no_consent"]),
        ("Zulassen", None),
        ("Yes", ["email:no_consent"]), ("No", None), ("Allow calls", ["email:no_consent"]),
    ],
)  # fmt: skip
def test_allow_under_do_not_allow(cell: Any, expected: Any) -> None:
    """Dynamics names the answer instead of saying yes or no; more than the bare verb is not understood."""
    assert row("Name,Email,Do not allow Bulk Emails", f"A,a@b.example,{cell}").get("restrictions") == expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("DÉSINSCRIT LE", ["email:unsubscribed"]), ("Désinscrit le", ["email:unsubscribed"]),
        ("WYPISANO Z NEWSLETTERA", ["email:unsubscribed"]), ("FRAMELDT NYHEDSBREV PÅ", ["email:unsubscribed"]),
        ("ODHLÁŠEN DNE", ["email:unsubscribed"]), ("ÅTERKALLAT SAMTYCKE", ["email:opt_out", "phone:opt_out"]),
    ],
)  # fmt: skip
def test_capitals_with_accents(header: str, expected: Any) -> None:
    """É is a capital too: no word is taken apart at it."""
    assert row(f"Name,Email,{header}", "A,a@b.example,2024-05-02").get("restrictions") == expected
