"""Who is who at ingest: the set-based SQL gives what reading row by row gives, within a drop and across drops."""

import random
from collections.abc import Sequence

from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from contact_pipeline_tests.lab.lab import Lab, csv, people
from contact_pipeline_tests.lab.sequential_rule import Row, SequentialRule

Drops = Sequence[tuple[str, Sequence[Row]]]
HEADER = "Record ID,email,LinkedIn URL,name"
OUTCOMES = """
select r.drop_key, r.row_number, r.outcome, r.contact_id from raw.landed_rows r join raw.drops d on d.key = r.drop_key
where r.outcome <> 'quarantined' order by d.sequence, r.row_number
"""
REVIEWS = """
select a.contact_id, b.contact_id from ops.reviews v
join raw.landed_rows a on (a.drop_key, a.row_number) = (v.drop_key, v.row_number)
cross join lateral (select v.other_contact_id as contact_id) b
where v.kind = 'identity_conflict'
order by v.drop_key, v.row_number
"""


def in_file(row: Row) -> tuple[str | None, ...]:
    return (row.record_id, row.email, row.profile and f"https://www.linkedin.com/in/{row.profile}", row.name)


def take(lab: Lab, drops: Drops) -> None:
    for number, (source, rows) in enumerate(drops):
        lab.take(source, people([in_file(row) for row in rows], HEADER) + "\n" * number)  # never the same bytes


def numbered(contacts: Sequence[int]) -> list[int]:
    """Contacts by the order in which rows first name them."""
    order: dict[int, int] = {}
    return [order.setdefault(contact, len(order)) for contact in contacts]


def read(drops: Drops) -> tuple[SequentialRule, list[tuple[str, int]]]:
    """What reading row by row gives."""
    rule = SequentialRule()
    return rule, [rule.take(source, row) for source, rows in drops for row in rows if row.is_contact]


def plain(drops: Drops) -> Drops:
    """Without the rows that contest a key: see SequentialRule."""
    rule = SequentialRule()
    kept: list[tuple[str, list[Row]]] = []
    for source, rows in drops:
        kept.append((source, []))
        for row in rows:
            if rule.is_plain(source, row):
                rule.take(source, row)
                kept[-1][1].append(row)
    return kept


def assert_like_row_by_row(lab: Lab, drops: Drops) -> None:
    take(lab, drops)
    rule, expected = read(drops)
    found = lab.rows(OUTCOMES)
    assert [outcome for *_, outcome, _ in found] == [outcome for outcome, _ in expected]
    ours, theirs = [contact for *_, contact in found], [contact for _, contact in expected]
    assert numbered(ours) == numbered(theirs)
    name_of = dict(zip(theirs, ours, strict=True))
    reviews = {(name_of[a], name_of[b]) for a, b in rule.reviews}
    assert set(lab.rows(REVIEWS)) == reviews


ROW = st.builds(
    Row,
    record_id=st.sampled_from([None, None, "1", "2", "3"]),
    email=st.sampled_from([None, "a@ok.test", "A@ok.test", "b@ok.test", "c@ok.test"]),
    profile=st.sampled_from([None, None, "p", "q"]),
    name=st.just("Ada"),  # keys that people of several names bear: test_sharing.py
)
# The examples are small as they are, and shrinking them takes minutes.
QUICK = (Phase.explicit, Phase.generate)
MANY = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), phases=QUICK)


@given(st.lists(ROW, min_size=1, max_size=14))
@example([Row("1", "a@ok.test"), Row("2", "b@ok.test"), Row("1", "b@ok.test"), Row(None, "b@ok.test")])
@example([Row("1"), Row("1", "a@ok.test"), Row("2", "a@ok.test", "p"), Row(None, None, "p"), Row("2", "b@ok.test")])
@MANY
def test_one_drop_is_like_row_by_row(lab: Lab, rows: list[Row]) -> None:
    lab.forget_everything()
    assert_like_row_by_row(lab, [("crm", rows)])


@given(st.tuples(st.lists(ROW, min_size=1, max_size=7), st.lists(ROW, min_size=1, max_size=7)), st.booleans())
@settings(MANY, max_examples=8)
def test_two_drops_are_like_row_by_row(lab: Lab, drops: tuple[list[Row], list[Row]], same_source: bool) -> None:
    lab.forget_everything()
    assert_like_row_by_row(lab, plain([("crm", drops[0]), ("crm" if same_source else "fair", drops[1])]))


def worlds() -> list[Row]:
    """Sixty worlds that share nothing, ten rows each, mixed: more collisions than the examples above can try."""
    dice = random.Random(7)
    order = [world for world in range(60) for _ in range(10)]
    dice.shuffle(order)
    return [
        Row(
            dice.choice([None, f"{world}x{dice.randrange(3)}"]),
            dice.choice([None, f"{dice.choice('abAB')}@w{world}.test"]),
            dice.choice([None, None, f"w{world}-{dice.randrange(2)}"]),
            f"World {world}",
        )
        for world in order
    ]


def test_many_small_worlds_at_once_are_like_row_by_row(lab: Lab) -> None:
    assert_like_row_by_row(lab, [("crm", worlds())])


def test_many_small_worlds_in_three_drops_are_like_row_by_row(lab: Lab) -> None:
    rows = worlds()
    assert_like_row_by_row(lab, plain([("crm", rows[:200]), ("crm", rows[200:400]), ("crm", rows[400:])]))


def test_a_record_id_means_nothing_in_another_source(lab: Lab) -> None:
    lab.take("crm", csv(HEADER, "1,ada@ok.test,,Ada Example"))
    lab.take("fair", csv(HEADER, "1,bob@ok.test,,Bob Example"))
    assert lab.contacts("email") == [("ada@ok.test",), ("bob@ok.test",)]


def test_letter_case_and_unicode_form_make_no_new_contact(lab: Lab) -> None:
    lab.take("crm", csv(HEADER, ",Ada.L@OK.test,,Ada"))
    lab.take("fair", csv(HEADER, ",ada.l@ok.TEST,,Ada", ",ADA.L@ok.test,,Ada"))
    assert lab.contacts("email") == [
        ("Ada.L@ok.test",)
    ]  # the local part is stored as the first trusted source wrote it


def test_an_address_that_breaks_the_syntax_is_nobodys_but_tells_its_row(lab: Lab) -> None:
    lab.take("crm", csv(HEADER, ",ada@@ok.test,,Ada"))
    again = lab.take("crm", csv(HEADER, ",ada@@ok.test,,Ada", ",bo@@ok.test,,Ada"))
    assert lab.accounting(again) == (2, 1, 1, 0)
    elsewhere = lab.take("fair", csv(HEADER, ",ada@@ok.test,,Ada"))
    assert lab.accounting(elsewhere) == (1, 1, 0, 0)


def test_profiles_in_different_spellings_are_one(lab: Lab) -> None:
    lab.take("crm", csv(HEADER, ",,https://www.linkedin.com/in/ada-example/,Ada"))
    second = lab.take("fair", csv(HEADER, ",,http://de.linkedin.com/in/Ada-Example?trk=x,Ada"))
    assert lab.accounting(second) == (1, 0, 1, 0)


def test_a_bare_row_is_known_again_within_its_source_only(lab: Lab) -> None:
    lab.take("crm", csv("name,company", "Ada Example,Engines"))
    again = lab.take("crm", csv("name,company", "Ada Example,Engines", "Ada Example,Tools"))
    elsewhere = lab.take("fair", csv("name,company", "Ada Example,Engines"))
    assert lab.accounting(again) == (2, 1, 1, 0)
    assert lab.accounting(elsewhere) == (1, 1, 0, 0)


def test_an_id_and_an_email_of_two_contacts_are_one_review(lab: Lab) -> None:
    lab.take("crm", csv(HEADER, "1,ada@ok.test,,Ada", "2,bob@ok.test,,Bob"))
    key = lab.take("crm", csv(HEADER, "1,bob@ok.test,,Ada"))
    (ada,), (bob,) = lab.rows(
        "select contact_id from core.contact_sources where row_number < 3 and drop_key <> %s", key
    )
    assert lab.rows("select kind, contact_id, other_contact_id, drop_key, row_number, closed_at from ops.reviews") == [
        ("identity_conflict", ada, bob, key, 1, None)
    ]
    assert lab.value("select contact_id from core.contact_sources where drop_key = %s", key) == ada
    lab.apply(key)
    assert lab.value("select count(*) from ops.reviews") == 1
