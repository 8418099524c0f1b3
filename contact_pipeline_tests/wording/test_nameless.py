"""A file's name without what may name a person says the same of the file."""

import random

import pytest

from contact_pipeline.wording.suppression import nameless, sign_of_name

SIGNS = (
    "unsubscribed", "unsubs", "global_unsubscribes", "abmeldungen", "hard_bounces", "bounced", "spam_reports",
    "abuse reports", "invalid-emails", "do not call", "dnc", "robinson", "opt_outs", "opted out", "do_not_contact",
    "blacklist", "deny-list", "suppressions", "suppression_list", "sperrliste", "blocks", "cleaned_members_export",
    "unsubscribed_segment_export",
    "nonsubscribed_audience", "cleaned", "contacts",
)  # fmt: skip
NEGATIONS = ("", "no", "without", "excl", "after", "non", "minus hard")
PEOPLE = ("Ada", "lovelace", "Müller", "o'brien", "x.ada", "2024", "Ελένη")
FORMATS = (None, "mailchimp", "mailchimp_unsubscribed", "sendgrid_suppression", "hubspot")


def names(seed: int) -> list[str]:
    chance = random.Random(seed)
    found = []
    for _ in range(200):
        words = [chance.choice(PEOPLE), chance.choice(NEGATIONS), chance.choice(SIGNS), chance.choice(PEOPLE)]
        chance.shuffle(words)
        found.append(chance.choice(" _-.").join(word for word in words if word) + chance.choice((".csv", ".CSV", "")))
    return found


@pytest.mark.parametrize("seed", range(5))
def test_it_says_the_same_for_every_format_and_names_nobody(seed: int) -> None:
    for name in names(seed):
        short = nameless(name)
        assert [sign_of_name(short, f) for f in FORMATS] == [sign_of_name(name, f) for f in FORMATS], name
        assert not [word for word in ("ada", "lovelace", "ller", "brien", "2024", "ελ") if word in short], (name, short)


def test_a_name_that_means_nothing_is_nothing() -> None:
    assert nameless("archive/Ada Lovelace (2024).csv") == "x x x.x"
