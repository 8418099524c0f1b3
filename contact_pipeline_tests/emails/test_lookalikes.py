"""Domains that look like another one are risky; names of one script are not."""

import idna
import pandas as pd
import pytest

from contact_pipeline.emails.lookalikes import is_lookalike
from contact_pipeline.emails.rules import EmailRules
from contact_pipeline.emails.syntax import normalize_emails
from contact_pipeline.emails.verdict import judge_emails

LOOKALIKES = [
    "b\u0430nk-hof.example",  # a Cyrillic a
    "m\u0456llers.example",  # a Cyrillic i
    "obst\u03bf.example",  # a Greek o
    "mail.garten-\u0440ost.example",  # any label, not the first only
    "\u043e\u0441\u0435\u0440.example",  # Cyrillic letters only, read as Latin ones
    "\u0430\u04cf\u0440\u0456.example",
    "\u8349\u0430.example",  # Han beside Cyrillic
]
SOUND = [
    "hofladen.example",
    "stra\u00dfe-m\u00fchle.example",
    "caf\u00e9-\u00e9toile.example",
    "\u00f8rsted.example",
    "\u043b\u0443\u043a\u043e\u0448\u043a\u043e.example",
    "\u043f\u043e\u043b\u0435-24.example",
    "\u03bb\u03b1\u03c7\u03b1\u03bd\u03b1.example",
    "\u8349\u82b1abc.example",
    "\u308a\u3093\u3054\u30b8\u30e3\u30e0.example",
    "\ubc30\ucd94shop.example",
    "\u05e4\u05e8\u05d9.example",
    "\u0644\u064a\u0645\u0648\u0646.example",
    "\u0e1c\u0e25\u0e44\u0e21\u0e49.example",
    "\u043e\u0441\u0435\u0440.\u0440\u0444",
]


@pytest.mark.parametrize("domain", LOOKALIKES)
def test_lookalikes(domain: str) -> None:
    assert is_lookalike(idna.encode(domain).decode())


@pytest.mark.parametrize("domain", SOUND)
def test_names_of_one_script(domain: str) -> None:
    assert not is_lookalike(idna.encode(domain).decode())


def test_the_verdict_says_so_and_nothing_good_outranks_it() -> None:
    frame = pd.DataFrame({
        "email": [f"ada@{LOOKALIKES[0]}", f"info@{LOOKALIKES[0]}", "ada@hofladen.example"], "domain_status": "valid",
        "domain_sub_status": None, "mailbox_status": "valid", "mailbox_sub_status": None,
    })  # fmt: skip
    judged = judge_emails(frame, policy=EmailRules(allow_special_use_domains=True))
    assert list(zip(judged["status"], judged["sub_status"].fillna(""), strict=True)) == [
        ("risky", "lookalike_domain"), ("risky", "lookalike_domain"), ("valid", ""),
    ]  # fmt: skip


@pytest.mark.parametrize("address", ["www.ada@ok.test", "WWW.ada.b@ok.test", "www.ad\u00e4@ok.test"])
def test_the_front_of_a_web_address_is_no_local_part(address: str) -> None:
    parsed = normalize_emails(pd.Series([address, "wwwada@ok.test"], dtype="str"))
    assert parsed["email_normalized"].isna().tolist() == [True, False]
    assert parsed["sub_status"].iloc[0] == "syntax"
