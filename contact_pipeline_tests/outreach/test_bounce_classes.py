"""What a report means: status, text and vendor's word, and which of them is believed."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contact_pipeline.outreach.bounce_classes import BounceClass, meaning_of, says_enough
from contact_pipeline.outreach.bounce_table import REPLY_CODES, SAYINGS, STATUSES, SUBJECTS, VENDOR_WORDS

HARD, SOFT, OURS, NONE = BounceClass.HARD, BounceClass.SOFT, BounceClass.OURS, BounceClass.NONE


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("5.1.1", HARD),
        ("5.1.2", HARD),
        ("5.1.3", HARD),
        ("5.1.6", HARD),
        ("5.1.10", HARD),
        ("5.4.4", HARD),
        ("5.7.17", HARD),
        ("5.7.18", HARD),
        ("5.7.13", SOFT),
        ("5.2.1", SOFT),
        ("5.2.2", SOFT),
        ("4.2.2", SOFT),
        ("5.3.1", SOFT),
        ("4.4.1", SOFT),
        ("4.4.7", SOFT),
        ("4.4.4", SOFT),
        ("4.1.1", SOFT),
        ("5.0.0", SOFT),
        ("550", SOFT),
        ("", SOFT),
        ("nonsense", SOFT),
        ("5.2.3", OURS),
        ("5.3.4", OURS),
        ("4.4.3", OURS),
        ("5.5.1", OURS),
        ("5.6.0", OURS),
        ("5.7.0", OURS),
        ("5.7.1", OURS),
        ("5.7.26", OURS),
        ("5.7.509", OURS),
        ("4.7.28", OURS),
        ("2.0.0", NONE),
        ("2.1.5", NONE),
        ("250", NONE),
        ("556", HARD),
    ],
)
def test_a_status_alone(status: str, expected: BounceClass) -> None:
    assert meaning_of(status=status).bounce_class is expected


@pytest.mark.parametrize(
    ("status", "text", "expected", "reason"),
    [
        # used by providers for unknown users as well
        ("5.7.1", "550 5.7.1 No such user", HARD, "user_unknown"),
        ("5.2.1", "550 5.2.1 the email account that you tried to reach does not exist", HARD, "user_unknown"),
        ("5.4.1", "550 5.4.1 Recipient address rejected: Access denied", HARD, "user_unknown"),
        ("5.0.0", "550 User unknown", HARD, "user_unknown"),
        ("5.0.0", "smtp; 550 5.1.1 mailbox gone", HARD, "user_unknown"),
        ("5.5.0", "554 Unknown recipient", HARD, "user_unknown"),
        ("", "550 Requested action not taken: mailbox unavailable", HARD, "user_unknown"),
        ("550", "no mailbox here by that name", HARD, "user_unknown"),
        ("550", "Empfänger unbekannt", HARD, "user_unknown"),
        ("", "Host or domain name not found", HARD, "host_unknown"),
        ("", "550 5.1.10 domain has a null MX", HARD, "null_mx"),
        # said with a code of an unknown user, and no unknown user
        ("5.1.1", "550 5.1.1 user is over quota", SOFT, "mailbox_full"),
        ("5.1.1", "550 5.1.1 rejected as spam", OURS, "spam"),
        ("5.1.1", "550 5.1.1 Sender address rejected: User unknown", OURS, "sender_refused"),
        # passing, whatever the words
        ("4.1.1", "450 4.1.1 user unknown", SOFT, "temporary"),
        ("", "450 4.7.1 Greylisted, try again later", SOFT, "greylisted"),
        ("", "451 try again later", SOFT, "greylisted"),
        ("", "host not found, try again", SOFT, "dns_trouble"),
        # about us
        ("5.7.1", "554 5.7.1 Relay access denied", OURS, "policy"),
        ("", "554 your IP is on the Spamhaus block list", OURS, "block_list"),
        ("", "550 message fails DMARC verification", OURS, "authentication"),
        ("", "552 message size exceeds the limit", OURS, "message_too_big"),
        ("", "421 too many connections from your host", OURS, "rate_limit"),
        # about the mailbox, though by a code about us
        ("5.7.1", "552 5.7.1 mailbox is full", SOFT, "mailbox_full"),
        ("", "550 account disabled", SOFT, "mailbox_disabled"),
        # nothing said
        ("", "550 refused", SOFT, "unclassified"),
        ("", "the server runs version 2.3.0", SOFT, "unclassified"),
        ("5.0.0", "554 host 5.1.1.7 said no", SOFT, "unclassified"),
        # words inside an address or a link say nothing
        ("", "550 <user.unknown@mail-a.example> see https://help.example/?p=NoSuchUser", SOFT, "unclassified"),
    ],
)
def test_status_and_words(status: str, text: str, expected: BounceClass, reason: str) -> None:
    meaning = meaning_of(status=status, text=text)
    assert (meaning.bounce_class, meaning.reason) == (expected, reason)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("Content", OURS),
        ("Frequency or Volume Too High", OURS),
        ("Invalid Address", HARD),
        ("Mailbox Unavailable", SOFT),
        ("Reputation", OURS),
        ("Technical Failure", SOFT),
        ("Unclassified", SOFT),
        ("a word of tomorrow", SOFT),
    ],
)
def test_the_words_of_sendgrid(word: str, expected: BounceClass) -> None:
    assert meaning_of(vendor_word=word).bounce_class is expected
    assert meaning_of(vendor_word=f" {word.upper()} ").bounce_class is expected


def test_status_and_text_go_before_a_vendors_word() -> None:
    assert meaning_of(status="5.2.2", vendor_word="Invalid Address").bounce_class is SOFT
    assert meaning_of(text="rejected as spam", vendor_word="Invalid Address").bounce_class is OURS
    assert meaning_of(status="5.0.0", vendor_word="Invalid Address").bounce_class is HARD


def test_no_code_about_us_counts_against_anybody_unless_the_text_says_so() -> None:
    exempt = {"7.13", "7.17", "7.18"}
    for detail in range(60):
        if f"7.{detail}" not in exempt:
            assert meaning_of(status=f"5.7.{detail}").bounce_class is OURS
    for detail in range(20):
        assert meaning_of(status=f"5.6.{detail}").bounce_class is OURS


def test_every_reason_is_one_word() -> None:
    rows = [*STATUSES.values(), *SUBJECTS.values(), *REPLY_CODES.values(), *VENDOR_WORDS.values()]
    reasons = {row.reason for row in rows} | {saying.reason for saying in SAYINGS}
    assert all(reason.replace("_", "").isalpha() and reason.islower() for reason in reasons)


def test_which_status_needs_no_words() -> None:
    assert says_enough("5.1.1")
    assert not says_enough("5.0.0")
    assert not says_enough("")


@given(status=st.text(max_size=20), text=st.text(max_size=300), word=st.text(max_size=30))
def test_nothing_raises(status: str, text: str, word: str) -> None:
    assert meaning_of(status=status, text=text, vendor_word=word).reason


@pytest.mark.parametrize(
    "piece", ["user ", "no such ", "a@", "http://", "5.1.1.", "exceed message ", " ", "(((", "message size "]
)
def test_long_texts_take_no_time(piece: str) -> None:
    begin = time.perf_counter()
    meaning_of(text=piece * 1_000_000)
    assert time.perf_counter() - begin < 2
