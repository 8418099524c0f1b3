"""Nothing lost: every row is loaded, merged or quarantined, says so itself, and nothing is done twice."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from contact_pipeline.core.errors import PermanentError, UnreadableDrop
from contact_pipeline.quality.views import count_view
from contact_pipeline.schemas.curated import CURATED_VIEWS
from contact_pipeline_tests.lab.dump import exact_dump
from contact_pipeline_tests.lab.lab import Lab, csv, people

OUTCOMES = "select row_number, outcome from raw.landed_rows where drop_key = %s order by row_number"
MIXED = csv(
    "Record ID,name,email,phone,company",
    "1,Ada Example,ada@ok.test,+44 20 7946 0958,Engines",
    "1,Ada Example,ada@ok.test,,Engines Ltd",  # the same record again
    ",,,,Nobody Ltd",  # nothing that makes a contact
    ",Bob Example,bob(at)ok.test,,",  # a bad address is a verdict, not a quarantine
    '2,"broken,,,',
)


def test_a_mixed_file_is_accounted_for_row_by_row(lab: Lab) -> None:
    lab.with_policy(gates={"max_failed_share": 0.5})
    key = lab.drop("crm", MIXED)
    assert lab.accounting(key) == (5, 2, 1, 2)
    assert dict(lab.rows(OUTCOMES, key)) == {
        1: "loaded", 2: "merged", 3: "quarantined", 4: "loaded", 5: "quarantined",
    }  # fmt: skip
    assert lab.rows("select row_number, reasons from raw.quarantined_rows order by 1") == [
        (3, ["nothing_identifying"]), (5, ["unparsable"]),
    ]  # fmt: skip
    assert lab.contacts("name", "email_status") == [("Ada Example", "unknown"), ("Bob Example", "invalid")]
    assert all(check.passed for report in lab.reports for check in report.checks if check.name == "rows_conserved")


def test_views_are_counted_as_a_reader_would(lab: Lab) -> None:
    lab.with_policy(gates={"max_failed_share": 0.5})
    lab.drop("crm", MIXED)
    lab.register("crm", csv("name,email", "Eve Example,eve@ok.test"))  # landed nowhere: not published, not counted
    counts = {table.name: count_view(lab.session, table).rows for table in CURATED_VIEWS}
    assert counts == {table.name: lab.value(f"select count(*) from {table.name}") for table in CURATED_VIEWS}
    assert counts["curated.contactability"] == 4


def test_running_every_stage_again_writes_nothing(lab: Lab) -> None:
    lab.with_policy(gates={"max_failed_share": 0.5})
    key = lab.drop("crm", MIXED)
    before = exact_dump(lab)
    reports = lab.run(key)
    assert all(report.up_to_date for report in reports)
    assert exact_dump(lab) == before


def test_the_same_content_again_is_the_same_drop(lab: Lab) -> None:
    text = csv("email,name", "ada@ok.test,Ada Example")
    first = lab.drop("crm", text, "monday.csv")
    before = exact_dump(lab)
    assert lab.drop("crm", text, "tuesday.csv") == first
    assert exact_dump(lab) == before
    assert lab.register("fair", text) != first  # another source says it too


def test_a_corrected_file_touches_only_what_changed(lab: Lab) -> None:
    header = "Record ID,email,name,company,title"
    lab.drop("crm", csv(header, "1,ada@ok.test,Ada Example,Engines,Head", "2,bob@ok.test,Bob Example,Tools,Clerk"))
    before, last_change = lab.contacts("email", "version"), lab.value("select max(id) from audit.changes")
    corrected = lab.drop(
        "crm", csv(header, "1,ada@ok.test,Ada Example,Engines,Chair", "2,bob@ok.test,Bob Example,Tools,Clerk")
    )
    assert lab.accounting(corrected) == (2, 0, 2, 0)
    assert lab.rows("select field, old_value, new_value, reason from audit.changes where id > %s", last_change) == [
        ("title", "Head", "Chair", "contacts")
    ]
    assert lab.rows(
        "select c.email, h.field_name, h.old_value, h.new_value, h.data_source, h.enriched_by"
        " from core.enrichment_history h join core.contacts c on c.id = h.contact_id where enriched_by = 'contacts'"
    ) == [("ada@ok.test", "title", "Head", "Chair", "crm", "contacts")]
    assert lab.contacts("email", "version") == [
        (email, version + (email == "ada@ok.test")) for email, version in before
    ]
    assert lab.value("select count(*) from core.email_validations") == 4  # two layers, two addresses: not asked again


def test_a_file_without_rows_is_a_drop_of_zero_rows(lab: Lab) -> None:
    key = lab.drop("crm", "email,name\n")
    assert lab.accounting(key) == (0, 0, 0, 0)
    assert lab.value("select published_at is not null from raw.drops")


QUICK = (Phase.explicit, Phase.generate)  # the examples are small as they are
CELL = st.sampled_from(
    [
        "",
        "",
        "a@ok.test",
        "A@OK.test",
        "b@nullmx.test",
        "Ada Example",
        "N/A",
        "12",
        "+44 20 7946 0958",
        '"',
        "x,y",
        "\x00",
    ]
)


@given(st.lists(st.lists(CELL, min_size=0, max_size=6), max_size=8), st.sampled_from(["\n", "\r\n", "\r"]))
@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck), phases=QUICK)
def test_whatever_the_file_its_rows_are_conserved(lab: Lab, cells: list[list[str]], line_end: str) -> None:
    lab.forget_everything()
    lab.with_policy(gates={"max_failed_share": 1.0})
    text = line_end.join(["Record ID,name,email,phone,linkedin,note", *(",".join(row) for row in cells)])
    with suppress(UnreadableDrop):  # as a whole no list: nothing was taken in
        key = lab.take("crm", text)
        rows_in, loaded, merged, quarantined = lab.accounting(key)
        assert rows_in == loaded + merged + quarantined
        assert rows_in == lab.value("select count(*) from raw.landed_rows where outcome is not null")
        assert quarantined == lab.value("select count(*) from raw.quarantined_rows")
        assert loaded == lab.value("select count(*) from core.contacts")
        assert loaded + merged == lab.value("select count(*) from core.contact_sources")
        lab.apply(key)
        assert lab.accounting(key) == (rows_in, loaded, merged, quarantined)


def test_a_drop_whose_file_was_never_archived_cannot_land_but_costs_nothing(lab: Lab) -> None:
    key = lab.register("crm", people([["1", "Ada Example"]], "Record ID,name"))
    archived = Path(lab.settings.archive, f"{key}.csv")
    moved = archived.rename(archived.with_suffix(".gone"))
    with pytest.raises(PermanentError, match="archived file is missing"):
        lab.land(key)
    assert lab.value("select count(*) from raw.landed_rows") == 0
    moved.rename(archived)
    lab.run(key)
    assert lab.accounting(key) == (1, 1, 0, 0)
