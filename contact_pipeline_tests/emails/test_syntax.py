"""Normal forms and reasons, on examples a person can check."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from contact_pipeline.emails.syntax import normalize_emails

UASG = json.loads((Path(__file__).parent / "uasg004.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("given", "normalized", "reason"),
    [
        ("John.Smith+Tag@Example.COM", "John.Smith+Tag@example.com", None),
        ("INFO@example.com", "info@example.com", None),  # RFC 2142 names ignore case
        ("john@example", None, "syntax"),
        ("john", None, "syntax"),
        ("", None, "syntax"),
        ("a@b.com ", None, "syntax"),
        ('"john smith"@example.com', None, "quoted_local"),
        ('"john"@example.com', None, "quoted_local"),
        ("john@[192.0.2.1]", None, "address_literal"),
        ("john@[IPv6:2001:db8::1]", None, "address_literal"),
        ("john@[not an address]", None, "address_literal"),
        ("John <john@example.com>", None, "comment"),
        ("john(work)@example.com", None, "comment"),
        ("john@example.com (work)", None, "comment"),
        ("john@lab.test", "john@lab.test", "special_use_domain"),
        ("john@printer.local", "john@printer.local", "special_use_domain"),
        ("john@localhost", None, "syntax"),
        ("info@fußball.example", "info@fußball.example", None),
        ("info@xn--fuball-cta.example", "info@fußball.example", None),
        ("Ü@FUẞBALL.example", "Ü@fußball.example", None),
    ],
)
def test_examples(given: str, normalized: str | None, reason: str | None) -> None:
    row = normalize_emails(pd.Series([given])).iloc[0]
    assert (row["email_normalized"] if normalized else pd.isna(row["email_normalized"])) == (normalized or True)
    assert (row["sub_status"] if reason else pd.isna(row["sub_status"])) == (reason or True)


def test_any_index_and_duplicates_and_missing_values() -> None:
    addresses = pd.Series(
        ["a@b.com", None, "bad", "a@b.com", "ä@b.com", "ä@b.com", np.nan], index=[7, 7, 1, 0, 3, 3, 2]
    )
    frame = normalize_emails(addresses)
    assert frame.index.equals(addresses.index)
    assert frame["email_normalized"].fillna("").tolist() == ["a@b.com", "", "", "a@b.com", "ä@b.com", "ä@b.com", ""]
    assert frame["sub_status"].fillna("").tolist() == ["", "", "syntax", "", "", "", ""]
    assert set(map(str, frame.dtypes)) == {"str"}


@pytest.mark.parametrize("addresses", [[], [None], [None, None]])
def test_nothing_to_judge(addresses: list[None]) -> None:
    frame = normalize_emails(pd.Series(addresses, dtype="str"))
    assert frame.shape == (len(addresses), 4)
    assert frame.isna().all().all()


@pytest.mark.parametrize("case", UASG["cases"], ids=lambda case: ascii(case["input"]))
def test_universal_acceptance(case: dict[str, object]) -> None:
    """ICANN's cases. Where `disagrees` stands we differ on purpose, and it says why."""
    row = normalize_emails(pd.Series([case["input"]])).iloc[0]
    is_accepted = pd.isna(row["sub_status"])
    assert is_accepted == (case["expect"] is not ("disagrees" in case))
