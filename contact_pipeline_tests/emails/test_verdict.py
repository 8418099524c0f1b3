"""Frames in, verdicts and flags out."""

import pandas as pd
import pytest

from contact_pipeline.emails.disposable import is_disposable_domain
from contact_pipeline.emails.free_providers import FREE_PROVIDERS, OFTEN_MISSPELT, suggest_domain
from contact_pipeline.emails.rules import RULES_VERSION, EmailRules
from contact_pipeline.emails.verdict import judge_emails

LONG = "nobody.can.own.this.local.part.because.it.is.far.too.long.there"  # longer than any large provider allows


STRICT = EmailRules()


def judge(*rows: tuple[str | None, str | None, str | None], rules: EmailRules = STRICT) -> pd.DataFrame:
    frame = pd.DataFrame(list(rows), columns=["email", "domain_status", "domain_sub_status"], dtype="str")
    frame.index = pd.Index([9] * len(frame))
    result = judge_emails(frame, policy=rules)
    assert result.index.equals(frame.index)
    return result


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (("ann@firm.example", "valid", None), "unknown/mailbox_not_checked"),
        (("ann@firm.example", None, None), "unknown/mailbox_not_checked"),
        (("ann@firm.example", "invalid", "null_mx"), "invalid/null_mx"),
        (("ann@firm.example", "unknown", "dns_timeout"), "unknown/dns_timeout"),
        (("info@firm.example", "unknown", "dns_timeout"), "risky/role_based"),
        (("Sales+eu@firm.example", "valid", None), "risky/role_based"),
        (("ann@mailinator.com", "valid", None), "risky/disposable"),
        (("ann@deep.mailinator.com", "valid", None), "risky/disposable"),
        (("ann@mailinator.com", "invalid", "nxdomain"), "invalid/nxdomain"),
        (("not an address", "valid", None), "invalid/syntax"),
        (("ann@lab.test", "valid", None), "invalid/special_use_domain"),
    ],
)
def test_verdicts(row: tuple[str, str | None, str | None], expected: str) -> None:
    one = judge(row).iloc[0]
    assert f"{one['status']}/{one['sub_status']}" == expected
    assert (one["deliverability_score"] == 0) if one["status"] == "invalid" else pd.isna(one["deliverability_score"])


def test_special_use_domains_can_be_lifted() -> None:
    result = judge(
        ("ann@lab.test", "valid", None), ("ann@test", "valid", None), rules=EmailRules(allow_special_use_domains=True)
    )
    assert result["status"].tolist() == ["unknown", "invalid"]
    assert result["domain_status"].fillna("-").tolist() == ["valid", "-"]


def test_flags_and_hints() -> None:
    result = judge((f"{LONG}@gmail.com", "valid", None), (f"{LONG}@gmial.com", "valid", None), (None, None, None))
    assert result["is_free"].tolist() == [True, False, False]
    assert result["typo_suggestion"].fillna("-").tolist() == ["-", "gmail.com", "-"]
    assert result["is_catch_all"].isna().all()
    assert result["status"].isna().tolist() == [False, False, True]


def test_an_empty_frame_has_all_columns() -> None:
    assert list(judge().columns) == list(judge(("a@b.example", None, None)).columns)


@pytest.mark.parametrize(
    "domain",
    [
        "gmial.com",
        "gamil.com",
        "gmai.co",
        "gmail.con",
        "gmaill.com",
        "hotmial.com",
        "yaho.com",
        "outlok.com",
        "iclud.com",
    ],
)
def test_near_misses_of_large_providers(domain: str) -> None:
    expected = {"gmai.co": None}.get(domain, "a provider")
    assert (suggest_domain(domain) in OFTEN_MISSPELT) is (expected is not None)


@pytest.mark.parametrize("domain", sorted(FREE_PROVIDERS))
def test_a_provider_is_never_a_near_miss_of_another(domain: str) -> None:
    assert suggest_domain(domain) is None
    assert not is_disposable_domain(domain)


def test_rules_version_names_every_list() -> None:
    assert all(name in RULES_VERSION for name in ("emails-", "email-validator-", "disposable-email-domains-"))
