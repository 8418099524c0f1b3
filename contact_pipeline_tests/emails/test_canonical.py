"""One writing for all addresses of one mailbox."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contact_pipeline.emails.canonical import canonical_address
from contact_pipeline.emails.syntax import normalize_emails

SAME = {
    "ada@ok.test": ("Ada@OK.test", "ada+news@ok.test", "ada+a+b@ok.test", " ada@ok.test"),
    "adaexample@gmail.com": ("ada.example@gmail.com", "A.D.A.Example+x@googlemail.com", "adaexample@GoogleMail.com"),
    "ada.example@ok.test": ("ada.example+1@ok.test",),
    "ada@yahoo.com": ("ada-shop@yahoo.com",),
    "ada@fastmail.com": ("shop@ada.fastmail.com", "ada+shop@fastmail.com"),
    "ada@xn--bcher-kva.test": ("ada@bücher.test", "ada+x@BÜCHER.test"),
}
OTHERS = (
    ("ada.example@ok.test", "adaexample@ok.test"),  # dots are cut at Gmail only
    ("ada-example@ok.test", "ada@ok.test"),
    ("ada@gmail.com", "ada@ok.test"),
    ("+ada@ok.test", "@ok.test"),
)


@pytest.mark.parametrize(("canonical", "writing"), [(c, w) for c, ws in SAME.items() for w in (c, *ws)])
def test_every_writing_of_a_mailbox_is_the_same(canonical: str, writing: str) -> None:
    assert canonical_address(writing) == canonical


@pytest.mark.parametrize(("one", "other"), OTHERS)
def test_other_mailboxes_stay_apart(one: str, other: str) -> None:
    assert canonical_address(one) != canonical_address(other)


@given(
    local=st.from_regex(r"[a-z][a-z0-9.+_-]{0,20}[a-z0-9]", fullmatch=True).filter(lambda t: ".." not in t),
    domain=st.sampled_from(("ok.test", "gmail.com", "yahoo.co.uk", "x.fastmail.com", "bücher.test", "googlemail.com")),
)
def test_the_canonical_writing_is_its_own_and_still_an_address(local: str, domain: str) -> None:
    canonical = canonical_address(f"{local}@{domain}")
    assert canonical_address(canonical) == canonical
    import pandas as pd

    assert normalize_emails(pd.Series([canonical]))["email_normalized"].notna().all()
