"""A contact as it was: whatever was changed, by whatever hand, the values of any instant come back."""

from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from contact_pipeline.history.looking_back import LookedBack, look_back
from contact_pipeline_tests.lab.erasures import erase
from contact_pipeline_tests.lab.lab import Lab, csv
from contact_pipeline_tests.lab.reopening import close

MIA = "mia-one@ok.test"
FIELDS = ("name", "company", "title", "location", "suppress_phone", "source_date", "soft_bounce_count")
VALUES: dict[str, list[Any]] = {
    "name": ["Mia Lopez", "Mia Lopez-Ruiz", None], "company": ["Orchid", "Quux \N{SNOWMAN}", ""],
    "title": ["CEO", "=cmd()", None], "location": ["Lima", None], "suppress_phone": [True, False],
    "source_date": ["2027-01-01", "2028-02-29T12:00:00.000001+14:00", None], "soft_bounce_count": [0, 1, 2],
}  # fmt: skip


@pytest.fixture
def mia(lab: Lab) -> Lab:
    lab.drop("shop", csv("Name,Email,Phone,Company", f"Mia Lopez,{MIA},+493055550101,Orchid"))
    return lab


def back(lab: Lab, at: datetime | None = None, who: str = MIA) -> LookedBack:
    (found,) = look_back(lab.session, who, at=at)
    return found


edits = st.lists(
    st.sampled_from([(field, value) for field, values in VALUES.items() for value in values]), min_size=1, max_size=12
)


@settings(
    max_examples=25, deadline=None, phases=[Phase.explicit, Phase.generate], derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(edits)
def test_every_instant_comes_back(mia: Lab, edits: list[tuple[str, Any]]) -> None:
    known: list[tuple[datetime, LookedBack]] = []
    for field, value in edits:
        known.append((mia.database_now(), back(mia)))
        mia.do(f"update core.contacts set {field} = %s", value)
    for at, then in known:
        found = back(mia, at)
        assert {name: found.fields.get(name) for name in FIELDS} == {name: then.fields.get(name) for name in FIELDS}
        assert found.changes == back(mia).changes[len(then.changes) :]


def test_a_change_says_who_and_why(mia: Lab) -> None:
    before = mia.database_now()
    mia.do("update core.contacts set title = 'CEO'")
    (change,) = back(mia, before).changes
    assert (change["field"], change["old_value"], change["new_value"]) == ("title", None, "CEO")
    assert change["changed_by"] and change["login"]
    assert "title" not in back(mia, before).fields and back(mia).fields["title"] == "CEO"


def test_a_consent_and_an_opt_out_are_told_too(mia: Lab) -> None:
    before = mia.database_now()
    close(mia, MIA)
    told = [(fact["fact"], fact["channel"]) for fact in back(mia).facts]
    assert ("suppression", "email") in told
    assert back(mia, before).changes != [] and back(mia, before).fields["suppress_email"] == "false"


def test_before_it_was_known_there_was_nothing(mia: Lab) -> None:
    mia.do("update core.contacts set title = 'CEO'")
    found = back(mia, datetime.fromisoformat("2020-01-01T00:00:00+00:00"))
    assert (found.existed, found.fields) == (False, {}) and found.changes != []


def test_by_the_id_and_by_a_further_address(mia: Lab) -> None:
    mia.drop("fair", csv("Name,Email,Email 2", f"Mia Lopez,{MIA},mia-two@ok.test"))
    first = back(mia)
    assert [back(mia, who=who) for who in (first.contact_id.upper(), "Mia-Two@OK.test")] == [first, first]
    assert look_back(mia.session, "nobody@ok.test") == []


def test_what_was_erased_does_not_come_back(mia: Lab) -> None:
    before, contact_id = mia.database_now(), back(mia).contact_id
    mia.do("update core.contacts set name = 'Mia Other'")
    erase(mia, MIA)
    assert look_back(mia.session, MIA) == []
    for at in (None, before):
        for found in look_back(mia.session, contact_id, at=at):
            assert "Mia" not in str(found) and MIA not in str(found)
