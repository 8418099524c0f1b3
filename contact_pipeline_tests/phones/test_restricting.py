"""A number that somebody wants closed is closed in every reading that it has."""

import pandas as pd
import phonenumbers
import pytest

from contact_pipeline.phones.normalize import every_reading, numbers_to_restrict


@pytest.mark.parametrize("region", ["DE", "FR", "US", "PL", "BR", "IN", "JP"])
def test_a_national_number_is_closed_in_every_region_that_has_it(region: str) -> None:
    example = phonenumbers.example_number(region)
    assert example is not None
    national = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.NATIONAL)
    assert (
        phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
        in every_reading([national], ["GB", region, None])[national]
    )


def test_without_any_region_only_its_country_code_tells() -> None:
    found = every_reading(["030 23125950", "+49 30 23125950", "0049 30 23125951", "ring twice"], [])
    assert found == {
        "030 23125950": [], "+49 30 23125950": ["+493023125950"], "0049 30 23125951": ["+493023125951"],
        "ring twice": [],
    }  # fmt: skip
    assert every_reading([], ["DE"]) == {}


def test_without_a_region_bare_digits_close_what_they_may_be() -> None:
    assert every_reading(["4312345678"], []) == {"4312345678": ["+4312345678"]}
    frame = pd.DataFrame({"phone": ["4312345678", "0043 1 2345678"], "region": [None, None]}, dtype="str")
    assert numbers_to_restrict(frame)["phone_e164"].fillna("").tolist() == ["", "+4312345678"]  # nobody's, so far
