"""The fast path and email-validator never disagree: what one accepts the other does, in the same normal form."""

import pandas as pd
import pytest
from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email
from hypothesis import example, given, settings
from hypothesis import strategies as st

from contact_pipeline.emails.syntax import COLUMNS, normalize_emails, normalize_one

LOCAL = st.text("abcXYZ019.!#$%&'*+-/=?^_`{|}~ @\"(),:;<>[]\\é", max_size=12)
LABEL = st.one_of(
    st.text("abZ09-", min_size=0, max_size=8),
    st.sampled_from(
        [
            "xn--fuball-cta",
            "xn--",
            "ab--c",
            "a" * 63,
            "a" * 64,
            "test",
            "local",
            "LOCALHOST",
            "invalid",
            "onion",
            "arpa",
            "com",
            "1",
            "c0m",
            "co1",
        ]
    ),
)
DOMAIN = st.lists(LABEL, min_size=1, max_size=5).map(".".join)
LONG = st.tuples(st.integers(60, 70), st.integers(1, 5), st.integers(1, 63)).map(
    lambda size: "l" * size[0] + "@" + ".".join(["d" * size[2]] * size[1]) + ".com"
)
ADDRESS = st.one_of(
    st.tuples(LOCAL, DOMAIN).map("@".join),
    st.tuples(st.sampled_from(["Info", "SALES", "Webmaster", "john.smith", "J"]), DOMAIN).map("@".join),
    LONG,
    st.emails(),
    st.text(max_size=20),
).flatmap(lambda text: st.sampled_from([text, text + " ", " " + text, text + "\n", text + "."]))
SURROGATE_FREE = ADDRESS.filter(lambda text: not any("\ud800" <= c <= "\udfff" for c in text))


@settings(max_examples=150, deadline=None)
@given(st.lists(SURROGATE_FREE, min_size=1, max_size=8))
@example(["l" * 64 + "@" + "d" * 59 + ".com", "l" * 65 + "@d.com", "l" * 64 + "@" + ".".join(["d" * 61] * 3) + ".com"])
@example(
    ["a@b.c1", "a@b.1c", "a@1.2", "a@b-.com", "a@-b.com", "a@b..com", ".a@b.com", "a.@b.com", "a..b@c.com", "a@b.com."]
)
@example(
    ["a@b.com\n", "a@b.com ", "a@b", "a@test", "a@TEST.test", "a@x.Local", "a@notlocal.com", "a@xlocal", "Info@X.Test"]
)
def test_the_frame_says_what_one_address_at_a_time_says(addresses: list[str]) -> None:
    frame = normalize_emails(pd.Series(addresses, dtype="str"))
    rows = [tuple(None if pd.isna(v) else v for v in row) for row in frame[list(COLUMNS)].itertuples(index=False)]
    assert rows == [normalize_one(address) for address in addresses]


@settings(max_examples=150, deadline=None)
@given(SURROGATE_FREE)
def test_one_address_at_a_time_says_what_email_validator_says(address: str) -> None:
    normalized, domain, domain_ascii, reason = normalize_one(address)
    try:
        found = validate_email(address, check_deliverability=False)
    except EmailNotValidError:
        assert reason is not None
        return
    assert (normalized, domain, domain_ascii, reason) == (found.normalized, found.domain, found.ascii_domain, None)


@pytest.mark.parametrize("ending", SPECIAL_USE_DOMAIN_NAMES)
def test_special_use_domains_keep_their_normal_form(ending: str) -> None:
    assert normalize_one(f"A.b@Lab.{ending.upper()}") == (
        f"A.b@lab.{ending}",
        f"lab.{ending}",
        f"lab.{ending}",
        "special_use_domain",
    )
    assert normalize_one(f"ä@bücher.{ending}") == (
        f"ä@bücher.{ending}",
        f"bücher.{ending}",
        f"xn--bcher-kva.{ending}",
        "special_use_domain",
    )
    assert normalize_one(f"a b@lab.{ending}")[3] == "syntax"
