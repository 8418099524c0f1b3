"""One number as written, with and without a region."""

import numpy as np
import pandas as pd
import pytest

from contact_pipeline.phones.normalize import judge_phones
from contact_pipeline.phones.numbering import RULES_VERSION

CASES = [
    # number, region, e164, extension, country, type, status, sub-status
    ("917-865-7631", "US", "+19178657631", None, "US", "fixed_line_or_mobile", "valid", None),
    ("917-865-7631", None, None, None, None, None, "unknown", "region_unknown"),
    ("917-865-7631", "XX", None, None, None, None, "unknown", "region_unknown"),
    ("+1 (917) 865-7631", None, "+19178657631", None, "US", "fixed_line_or_mobile", "valid", None),
    ("+1 (917) 865-7631", "DE", "+19178657631", None, "US", "fixed_line_or_mobile", "valid", None),
    ("\uff0b1 917 865 7631", None, "+19178657631", None, "US", "fixed_line_or_mobile", "valid", None),
    ("tel:+1-917-865-7631;ext=12", None, "+19178657631", "12", "US", "fixed_line_or_mobile", "valid", None),
    ("Tel. 917 865 7631", "us", "+19178657631", None, "US", "fixed_line_or_mobile", "valid", None),
    ("917-865-7631 x123", "US", "+19178657631", "123", "US", "fixed_line_or_mobile", "valid", None),
    ("917-865-7631 ext. 5", "US", "+19178657631", "5", "US", "fixed_line_or_mobile", "valid", None),
    ("+44 20 7183 8750 #7", None, "+442071838750", "7", "GB", "landline", "valid", None),
    ("0049 30 901820", None, "+4930901820", None, "DE", "landline", "valid", None),
    ("00 49 30 901820", "FR", "+4930901820", None, "DE", "landline", "valid", None),
    ("0012", None, None, None, None, None, "unknown", "region_unknown"),
    ("030 901820", "DE", "+4930901820", None, "DE", "landline", "valid", None),
    ("0151 23456789", "DE", "+4915123456789", None, "DE", "mobile", "valid", None),
    ("06 12 34 56 78", "FR", "+33612345678", None, "FR", "mobile", "valid", None),
    ("+800 1234 5678", None, "+80012345678", None, None, "toll_free", "valid", None),
    ("1-800-FLOWERS", "US", "+18003569377", None, "US", "toll_free", "valid", "letters_mapped"),
    ("1-800-FLOWERS x123", "US", "+18003569377", "123", "US", "toll_free", "valid", "letters_mapped"),
    ("+1 412 535 c0000", None, "+14125350000", None, "US", "fixed_line_or_mobile", "valid", "letters_mapped"),
    ("12", "US", None, None, None, None, "invalid", "too_short"),
    ("865-7631", "US", None, None, None, None, "invalid", "too_short"),
    ("91786576311234567", "US", None, None, None, None, "invalid", "too_long"),
    ("+999 123456", None, None, None, None, None, "invalid", "not_in_plan"),
    ("017-865-7631", "US", None, None, None, None, "invalid", "not_in_plan"),
    ("call me", "US", None, None, None, None, "invalid", "not_a_number"),
    ("call me", None, None, None, None, None, "invalid", "not_a_number"),
    ("\u0669\u0661\u0667 865 7631", "US", "+19178657631", None, "US", "fixed_line_or_mobile", "valid", None),
    # Fiction: NANP 555-01xx, Ofcom's drama numbers.
    ("212-555-0100", "US", "+12125550100", None, "US", "unknown", "invalid", "test_range"),
    ("212-555-0199", "US", "+12125550199", None, "US", "unknown", "invalid", "test_range"),
    ("212-555-0200", "US", "+12125550200", None, "US", "fixed_line_or_mobile", "valid", None),
    ("07700 900123", "GB", "+447700900123", None, "GB", "unknown", "invalid", "test_range"),
    ("020 7946 0958", "GB", "+442079460958", None, "GB", "unknown", "invalid", "test_range"),
]


@pytest.mark.parametrize("engine", ["phonenumbers", "rphonenumbers"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]!a}-{case[1]}")
def test_cases(case: tuple[str | None, ...], engine: str) -> None:
    frame = pd.DataFrame({"phone": [case[0]], "region": pd.Series([case[1]], dtype="str")})
    row = judge_phones(frame, engine=engine).iloc[0]  # type: ignore[arg-type]
    assert tuple(None if pd.isna(value) else value for value in row) == case[2:]


def test_any_index_duplicates_and_missing_values() -> None:
    frame = pd.DataFrame(
        {
            "phone": ["917-865-7631", None, " ", "917-865-7631", "917-865-7631 ", np.nan],
            "region": ["US", "US", "US", None, "US", None],
        },
        index=[4, 4, 2, 9, 0, 0],
    )
    result = judge_phones(frame)
    assert result.index.equals(frame.index)
    assert result["phone_e164"].fillna("-").tolist() == ["+19178657631", "-", "-", "-", "+19178657631", "-"]
    assert result["status"].fillna("-").tolist() == ["valid", "-", "-", "unknown", "valid", "-"]


@pytest.mark.parametrize("phones", [[], [None], ["", None]])
def test_nothing_to_judge(phones: list[str | None]) -> None:
    frame = pd.DataFrame(
        {"phone": pd.Series(phones, dtype="str"), "region": pd.Series([None] * len(phones), dtype="str")}
    )
    result = judge_phones(frame)
    assert result.shape == (len(phones), 6)
    assert result.isna().all().all()


def test_processes_are_bounded() -> None:
    with pytest.raises(ValueError, match="1 to 3"):
        judge_phones(pd.DataFrame({"phone": [], "region": []}), processes=4)


def test_rules_version_names_the_metadata() -> None:
    assert RULES_VERSION.startswith("phones-")
    assert " phonenumbers-" in RULES_VERSION
