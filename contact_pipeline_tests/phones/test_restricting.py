"""A number that somebody wants closed is closed in every reading that it has."""

import phonenumbers
import pytest

from contact_pipeline.phones.normalize import every_reading


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
