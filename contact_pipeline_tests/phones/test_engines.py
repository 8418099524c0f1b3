"""The engines give the same answers, one process and several give the same answers, and nothing is guessed."""

import random

import pandas as pd
import phonenumbers
import pytest
import rphonenumbers
from hypothesis import given, settings
from hypothesis import strategies as st

from contact_pipeline.phones import normalize
from contact_pipeline.phones.normalize import judge_phones
from contact_pipeline.phones.numbering import TYPES, judge_number

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)


def _writings() -> list[tuple[str, str | None]]:
    """Examples of each region and type, written in several ways and spoilt in several ways."""
    rng = random.Random(20261123)
    rows: list[tuple[str, str | None]] = []
    for region in REGIONS:
        for kind in (0, 1, 3, 6):
            example = phonenumbers.example_number_for_type(region, kind)
            if example is None:
                continue
            national = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.NATIONAL)
            international = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
            digits = list(international)
            digits[rng.randrange(len(digits) - 6, len(digits))] = str(rng.randrange(10))
            rows += [
                (national, region),
                (international, None),
                ("00" + international[1:], None),
                (international + " ext. 12", region),
                (national[:-1], region),
                (national + "99", region),
                ("".join(digits), None),
            ]
    return rows


def test_engines_agree() -> None:
    frame = pd.DataFrame(_writings(), columns=["phone", "region"], dtype="str")
    assert len(frame) > 4_000
    one, two = judge_phones(frame), judge_phones(frame, engine="rphonenumbers")
    # Known: two broken writings of Benin, where rphonenumbers tells "between two lengths" from "too short".
    is_known = (frame["region"] == "BJ") & (one["sub_status"] == "too_short") & (two["sub_status"] == "not_in_plan")
    assert is_known.sum() == 2
    pd.testing.assert_frame_equal(one[~is_known], two[~is_known])


def test_engines_share_their_numbers() -> None:
    assert set(rphonenumbers.SUPPORTED_REGIONS) == phonenumbers.SUPPORTED_REGIONS
    for name in ("FIXED_LINE", "MOBILE", "TOLL_FREE", "UAN", "VOICEMAIL", "UNKNOWN"):
        assert getattr(phonenumbers.PhoneNumberType, name) == getattr(rphonenumbers.PhoneNumberType, name)
    assert set(phonenumbers.PhoneNumberType.values()) - set(TYPES) == {phonenumbers.PhoneNumberType.UNKNOWN}


def test_processes_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(normalize, "POOL_FROM", 100)
    monkeypatch.setattr(normalize, "CHUNK", 150)
    frame = pd.DataFrame(_writings()[:800], columns=["phone", "region"], dtype="str")
    pd.testing.assert_frame_equal(judge_phones(frame, processes=2), judge_phones(frame, processes=1))


TEXT = st.one_of(
    st.text("0123456789+-(). x#;ext=aBc/\u0661\uff0b", max_size=22),
    st.text(max_size=12).filter(lambda text: not any("\ud800" <= c <= "\udfff" for c in text)),
)


@settings(max_examples=400, deadline=None)
@given(TEXT, st.sampled_from([None, "US", "GB", "DE", "IT", "AR", "XX"]))
def test_valid_means_valid_and_nothing_is_guessed(text: str, region: str | None) -> None:
    judged = judge_number(text, region, phonenumbers)
    assert judged == judge_number(text, region, rphonenumbers)
    assert (judged.status == "valid") == (judged.phone_e164 is not None and judged.sub_status != "test_range")
    if judged.status == "valid":
        assert judged.phone_e164 is not None
        again = phonenumbers.parse(judged.phone_e164)
        assert phonenumbers.is_valid_number(again)
        assert phonenumbers.format_number(again, phonenumbers.PhoneNumberFormat.E164) == judged.phone_e164
    if region in (None, "XX") and "+" not in text and "\uff0b" not in text and not text.lstrip(" (").startswith("0"):
        assert judged.status != "valid"
