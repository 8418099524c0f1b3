"""A file looked at before it is dropped: what is said of it is what happens, and looking leaves nothing behind."""

from pathlib import Path

import pytest

from contact_pipeline.drops import previewing
from contact_pipeline.drops.previewing import preview_file
from contact_pipeline_tests.lab.dump import exact_dump
from contact_pipeline_tests.lab.lab import Lab, csv

KNOWN = csv("Name,Email,Company", "Ada Engine,ada@ok.test,Engines", "Bo Berg,bo@ok.test,Berg")
LISTS = {
    "people": csv(
        "Name,Email,Company", "Ada Engine,ada@ok.test,Difference Engines", "Cy Cole,cy@ok.test,Cole",
        *(f"N{i},n{i}@ok.test,X" for i in range(9)),
        ",,Nobody",
    ),
    "opt-outs in a list": csv("Name,Email,Unsubscribed", "Bo Berg,bo@ok.test,yes", "Cy Cole,cy@ok.test,no"),
    "opt-outs only": csv("Email,Unsubscribed", "bo@ok.test,yes", "zoe@ok.test,yes"),
    "twice the same": csv("Name,Email", "Cy Cole,cy@ok.test", "Cyril Cole,cy@ok.test"),
}  # fmt: skip


@pytest.mark.parametrize("name", LISTS)
def test_what_is_said_is_what_happens(lab: Lab, tmp_path: Path, name: str) -> None:
    lab.with_source("shop", trust=0.9)
    lab.drop("crm", KNOWN)
    file = tmp_path / "list.csv"
    file.write_text(LISTS[name])
    before = exact_dump(lab)
    found = preview_file(lab.session, file, "shop")
    assert exact_dump(lab) == before and not (lab.session.archive / "list.csv").exists()
    assert found.inspection is not None and not found.inspection.would_hold and found.changes is not None
    closed = lab.value("select count(*) from core.suppressions")
    history = lab.value("select coalesce(max(id), 0) from core.enrichment_history")
    key = lab.take("shop", LISTS[name])
    rows, loaded, merged, quarantined = lab.accounting(key)
    if found.inspection.kind == "contacts":
        assert (found.changes["new"], found.changes["known"]) == (loaded, merged)
        changed = lab.value(
            "select count(*) from core.enrichment_history h where h.id > %s and exists ("
            "select from core.contact_sources s where s.contact_id = h.contact_id and s.drop_key <> %s)", history, key,
        )  # fmt: skip
        assert found.changes["fields"] == changed
    assert found.changes["quarantined"] == quarantined and found.rows == rows
    assert found.changes["opt_outs"] == lab.value("select count(*) from core.suppressions") - closed


def test_only_so_many_rows_are_tried(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(previewing, "MOST_ROWS", 5)
    file = tmp_path / "list.csv"
    file.write_text(csv("Name,Email", *(f"N{i},n{i}@ok.test" for i in range(12))))
    found = preview_file(lab.session, file, "crm")
    assert found.inspection is not None and found.inspection.rows_in == 12
    assert found.rows == 5 and found.changes is not None and found.changes["new"] == 5


def test_what_is_held_known_or_unreadable_is_not_tried(lab: Lab, tmp_path: Path) -> None:
    key = lab.drop("crm", KNOWN)
    file = tmp_path / "list.csv"
    file.write_text(KNOWN)
    assert preview_file(lab.session, file, "crm").known_as == key
    assert preview_file(lab.session, file, "shop").known_as is None, "of another source it is another drop"
    file.write_text(csv("email,company", "a@ok.test,X", ",Nobody"))
    held = preview_file(lab.session, file, "crm")
    assert held.inspection is not None and held.inspection.would_hold and held.changes is None
    file.write_bytes(b"%PDF-1.7\n" + bytes(100))
    refused = preview_file(lab.session, file, "crm")
    assert refused.inspection is None and refused.refusal
