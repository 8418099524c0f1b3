"""A consent for e-mail is none for calls: what the word under consent_type grants in the database."""

from contact_pipeline.policy.sections import SourcePolicy
from contact_pipeline_tests.lab.lab import Lab, csv

ALLOWED, NO_BASIS = "allowed", "no_lawful_basis"
FORM = SourcePolicy(
    documentation="A form that asks for each channel.", lawful_basis="consent", channels=("email", "phone"), trust=0.6,
    origin="first_party",
)  # fmt: skip
# consent_type → what the rule says of e-mail and of calls.
TYPES = {
    "Email": (ALLOWED, NO_BASIS), "E-Mail-Werbung": (ALLOWED, NO_BASIS), "newsletter": (ALLOWED, NO_BASIS),
    "publicité par courriel": (ALLOWED, NO_BASIS), "Telefon": (NO_BASIS, ALLOWED), "phone calls": (NO_BASIS, ALLOWED),
    "E-Mail und Telefon": (ALLOWED, ALLOWED), "SMS": (NO_BASIS, NO_BASIS), "marketing": (NO_BASIS, NO_BASIS),
    "kein E-Mail": (NO_BASIS, NO_BASIS), "raffle": (NO_BASIS, NO_BASIS),
}  # fmt: skip


def test_a_consent_grants_the_channel_that_its_type_names(lab: Lab) -> None:
    lab.with_policy(sources=dict(lab.session.policy.sources) | {"form": FORM})
    rows = [
        f"{number},p{number}@ok.test,+49 1512 34567{number:02},{kind},2026-01-05" for number, kind in enumerate(TYPES)
    ]
    key = lab.drop("form", csv("Record ID,email,phone,consent_type,consent_date", *rows))
    assert {kind: lab.why(f"p{number}@ok.test") for number, kind in enumerate(TYPES)} == TYPES
    assert {kind: lab.may(f"p{number}@ok.test") for number, kind in enumerate(TYPES)} == {
        kind: (email == ALLOWED, phone == ALLOWED) for kind, (email, phone) in TYPES.items()
    }
    counted = lab.row(
        "select count(*) from raw.landed_rows where drop_key = %s and 'consent_type:unknown' = any (repairs)", key
    )
    assert counted == (3,)
