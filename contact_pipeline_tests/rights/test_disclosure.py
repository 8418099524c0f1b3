"""A person gets everything that is held of them and nothing of anybody else, whole or not at all."""

import json
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # comes with Dagster, without stubs
import pytest

from contact_pipeline.core.errors import UsageError
from contact_pipeline.erasure.erasing import export_path
from contact_pipeline.profiles.reviewing import decide_review, spot_check
from contact_pipeline.rights import desk, disclosing
from contact_pipeline.rights.disclosing import PROVIDED
from contact_pipeline.rights.disclosure_page import About, render_page
from contact_pipeline.rights.requests import open_request
from contact_pipeline.rights.serving import serve_request
from contact_pipeline_tests.lab.lab import START, Lab, csv
from contact_pipeline_tests.lab.persons import known_person
from contact_pipeline_tests.lab.profile_vendors import ProfileVendors, ask, known

OTHERS = ("zoe", "zebra", "secretary")  # in every value of other people


@dataclass(frozen=True)
class Zip:
    """A disclosure, read."""

    path: Path
    data: Mapping[str, Any]
    files: Mapping[str, str]

    def rows(self, table: str) -> list[dict[str, Any]]:
        return list(self.data["tables"][table])

    def text(self) -> str:
        return "\n".join(self.files.values()).lower()


def disclosed(lab: Lab, who: str | None = "ada@ok.test", kind: str = "access", **more: Any) -> Zip:
    number = open_request(lab.session, kind, who=who, **more)
    done = serve_request(lab.session, number)
    return opened(Path(done["output"]))


def opened(path: Path) -> Zip:
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name).decode() for name in archive.namelist()}
    return Zip(path, json.loads(files["data.json"]), files)


def told(lab: Lab, vendors: ProfileVendors) -> str:
    """An address of whom everything is known that the program can know, beside other people."""
    lab.with_policy(sender={"name": "Lab <i>& Sons", "postal_address": "1 Bench Street", "contact": "desk@lab.test"})
    lab.with_source("crm", trust=0.8, purpose="offers <b>")
    ask(lab, vendors.vendors("hunter"))
    (address,) = known(1)
    truth = known_person(address, "hunter")
    lab.drop(
        "crm",
        csv(
            "Email,Name,Title,Phone,Shoe Size,Email 2",
            "zoe@ok.test,Zoe Zebra,Zookeeper,,zebra,",
            f"{address},{truth.name},Lighthouse Keeper,+49 30 901820,=1+1,ada@ok.test",
        ),
    )
    lab.drop("shop", csv("Email,Title,Consent Date", f"{address},<script>alert(1)</script>,2026-01-02"), "later.csv")
    lab.session = replace(lab.session, actor="secretary")
    spot_check(lab.session, top=2)
    theirs = lab.value(
        "select v.id from ops.reviews v join core.contacts c on c.id = v.contact_id"
        " where kind = 'spot_check' and c.email = %s",
        address,
    )
    decide_review(lab.session, theirs, "corrected", field="location", value="Kiel", reason="called")
    desk.consent(lab.session, address, source="form", ip="192.0.2.7", evidence="ticked")
    desk.opt_out(lab.session, "+49 30 901820", reason="opt_out", source="call")
    lab.do(
        "insert into core.outreach_history (contact_id, channel, sent_at) select id, 'email', now()"
        " from core.contacts where email = %s",
        address,
    )
    return address


def test_everything_is_there_and_fits_its_schema(lab: Lab, vendors: ProfileVendors) -> None:
    found = disclosed(lab, told(lab, vendors), reference="2026/17")
    assert found.path == lab.settings.exports / "2026+17.zip" == export_path(lab.settings, "2026/17")
    assert found.path.stat().st_mode & 0o777 == 0o600 and found.path.parent.stat().st_mode & 0o777 == 0o700
    filled = {table for table, rows in found.data["tables"].items() if rows}
    assert filled >= {
        "core.contacts", "core.contact_points", "core.contact_sources", "core.email_validations", "core.sources",
        "core.phone_validations", "core.enrichment_history", "core.consent_records", "core.outreach_history",
        "core.suppressions", "core.profile_claims", "core.profile_questions", "core.provider_answers",
        "core.identity_checks", "core.field_agreement", "raw.landed_rows", "audit.changes", "ops.reviews",
        "ops.provider_calls", "ops.subject_requests",
    }  # fmt: skip
    assert {name for name in found.files if name.startswith("csv/")} == {f"csv/{table}.csv" for table in filled}
    assert found.rows("raw.landed_rows")[0]["extra"] == {"Shoe Size": "=1+1"}
    schema = json.loads(found.files["schema.json"])
    validator = jsonschema.Draft202012Validator(schema)
    validator.check_schema(schema)
    assert list(validator.iter_errors(found.data)) == []
    contacts = schema["properties"]["tables"]["properties"]["core.contacts"]["items"]
    assert contacts["properties"]["email"] == {
        "type": ["string", "null"], "description": "First e-mail address, normalised where it can be read."
    }  # fmt: skip
    undescribed = {
        f"{table}.{name}"
        for table, rule in schema["properties"]["tables"]["properties"].items()
        for name, column in rule["items"]["properties"].items()
        if "description" not in column
    }
    assert not undescribed
    changed = {**found.data, "tables": {**found.data["tables"], "core.contacts": [{"id": "one"}]}}
    assert list(validator.iter_errors(changed))  # it does say no


def test_nothing_is_there_of_anybody_else(lab: Lab, vendors: ProfileVendors) -> None:
    address = told(lab, vendors)
    ours, zoe = (lab.contact(email)["id"] for email in (address, "zoe@ok.test"))
    lab.do(
        "insert into ops.reviews (kind, contact_id, other_contact_id, field_name, details, drop_key, row_number)"
        " values ('identity_conflict', %s, %s, 'email', '{\"proposed\": \"zoe@ok.test\"}', null, null),"
        " ('identity_conflict', %s, %s, 'email', '{\"proposed\": \"zoe.zebra@ok.test\"}', 'zebra', 7),"
        " ('identity_conflict', %s, null, 'linkedin_url', '{\"proposed\": \"Zoe Zebra\"}', null, null)",
        ours,
        zoe,
        zoe,
        ours,
        ours,
    )
    shared = b"s" * 16  # a number that both have
    answer = (
        "with k as (insert into ops.provider_calls (provider, layer, endpoint, subject_key, price, session,"
        " reserved_at, outcome, status, facts, reference) values ('hunter', %s, 'single', %s, 0, 1, now(), 'answered',"
        " 'valid', '{\"owner\": \"Zoe\"}', 'zebra-1') returning *) insert into core.provider_answers"
        ' select id, subject_key, layer, provider, \'{"name": "Zoe Zebra"}\', now() from k'
    )
    alone = b"p" * 16  # a page found by our address, which is somebody else's
    for contact, key in ((ours, shared), (zoe, shared), (ours, alone)):
        lab.do("insert into core.profile_questions values (%s, %s)", contact, key)
    lab.do(answer, "person", shared)
    lab.do(answer.replace("'{\"owner\": \"Zoe\"}', 'zebra-1'", "null, null"), "identity", alone)
    lab.rewrite("update core.contacts set created_login = 'dana', updated_login = 'dana'")
    lab.rewrite("update audit.changes set login = 'dana'")
    found = disclosed(lab, address)
    assert "dana" not in found.text()
    assert {row["updated_login"] for row in found.rows("core.contacts")} == {"our staff"}
    assert [word for word in OTHERS if word in found.text()] == []
    assert sorted(found.data["withheld"].values()) == [1, 2, 3]
    reviews = [row for row in found.rows("ops.reviews") if row["kind"] == "identity_conflict"]
    assert len(reviews) == 3 and all(row["other_contact_id"] is None for row in reviews)
    assert sorted(row["contact_id"] or 0 for row in reviews) == [0, ours, ours]
    assert [row["contact_id"] for row in found.rows("core.contact_points")] == [ours] * len(
        found.rows("core.contact_points")
    )
    assert len(found.rows("raw.landed_rows")) == 2  # of four rows in two files
    assert {row["closed_by"] for row in found.rows("ops.reviews")} == {None, "our staff"}
    claims = {row["data_source"] for row in found.rows("core.profile_claims")}
    assert claims == {"provider:hunter", "person:our staff"}
    assert "zebra" in disclosed(lab, "zoe@ok.test").text()  # the words would be seen


def test_a_table_that_joins_later_is_in_it_by_itself(lab: Lab) -> None:
    lab.drop("shop", csv("email,name", "ada@ok.test,Ada Example", "zoe@ok.test,Zoe Zebra"))
    lab.do("create table ops.badges (contact_id bigint, noted_by text, buddy_contact_id bigint not null, note jsonb)")
    try:
        lab.do(
            "insert into ops.badges select id, 'secretary', 1, jsonb_build_object('badge', email) from core.contacts"
        )
        found = disclosed(lab)
        (row,) = found.rows("ops.badges")
        assert (row["note"], row["noted_by"], row["buddy_contact_id"]) == ({"badge": "ada@ok.test"}, "our staff", None)
        jsonschema.validate(found.data, json.loads(found.files["schema.json"]))
        assert "ops.badges" in found.files["index.html"] and "csv/ops.badges.csv" in found.files
        assert "zoe" not in found.text()
        assert "ops.badges" not in disclosed(lab, kind="export").data["tables"]
    finally:
        lab.do("drop table ops.badges")


def test_rows_without_a_contact_are_found_by_the_address(lab: Lab) -> None:
    """Those that wait in a held drop, those that were refused, and those of suppression files."""
    held = lab.register("crm", csv("email,name", "zoe@ok.test,Zoe", " ADA@ok.test,Ada Waits", *(["-,-"] * 3)))
    lab.land(held)
    assert lab.value("select held_reason is not null from raw.drops where key = %s", held)
    lab.drop("optouts", csv("email,reason", "zoe@ok.test,x", "Ada@OK.test,wrote"), "unsubscribed.csv")
    lab.do("insert into raw.landed_rows (drop_key, row_number, outcome, more_emails) values (%s, 9, 'quarantined', %s)",
           held, ["x", "ada@ok.test"])  # fmt: skip
    lab.do("insert into raw.quarantined_rows (drop_key, row_number, reasons) values (%s, 9, '{broken}')", held)
    found = disclosed(lab)
    assert {(row["name"], row["outcome"]) for row in found.rows("raw.landed_rows")} == {
        ("Ada Waits", None), (None, "loaded"), (None, "quarantined")
    }  # fmt: skip
    assert [row["reasons"] for row in found.rows("raw.quarantined_rows")] == [["broken"]]
    assert [row["channel"] for row in found.rows("core.suppressions")] == ["email"]
    assert found.rows("core.contacts") == []
    assert "no record of a person" in found.files["index.html"]
    assert "zoe" not in found.text()


def test_who_is_not_known_is_told_so(lab: Lab) -> None:
    number = open_request(lab.session, "access", who="nobody@ok.test")
    done = serve_request(lab.session, number)
    assert done["outcome"] == "disclosed: 1 rows of 1 tables, 0 contact(s)"  # the request itself
    jsonschema.validate(
        opened(Path(done["output"])).data, json.loads(opened(Path(done["output"])).files["schema.json"])
    )


def test_portability_is_about_what_was_provided(lab: Lab, vendors: ProfileVendors) -> None:
    address = told(lab, vendors)
    found = disclosed(lab, address, "export")
    assert found.data["tables"].keys() == PROVIDED.keys()
    (contact,) = found.rows("core.contacts")
    assert (contact["email"], contact["phone"]) == (address, "+49 30 901820")
    assert not [name for name in contact if re.search("status|score|confidence|can_|_key|verified|hard_", name)]
    assert not [name for name in found.files if re.search("validations|identity|agreement|audit|ops", name)]
    assert found.rows("core.consent_records")
    assert "were not provided by anybody" in found.files["index.html"]
    jsonschema.validate(found.data, json.loads(found.files["schema.json"]))


class Page(HTMLParser):
    """Tags, and whatever attribute could fetch or run something."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.active: list[tuple[str, str | None]] = []
        self.said = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.active += [(name, v) for name, v in attributes if name in {"src", "href", "style"} or name[:2] == "on"]

    def handle_data(self, data: str) -> None:
        self.said += data


def test_the_page_is_read_without_a_network_and_runs_nothing(lab: Lab, vendors: ProfileVendors) -> None:
    found = disclosed(lab, told(lab, vendors))
    page = Page(found.files["index.html"])
    assert not {"script", "link", "img", "iframe", "b", "i"} & set(page.tags) and page.active == []
    assert "url(" not in found.files["index.html"] and "@import" not in found.files["index.html"]
    assert "<script>alert(1)</script>" in page.said and "Lab <i>& Sons" in page.said and "offers <b>" in page.said
    headings = re.findall("<h2>(.*?)</h2>", found.files["index.html"])
    assert headings == [
        "Who we are", "What we hold", "Where it came from", "On what ground, for what, and for how long",
        "Whom we asked, and who got it", "History", "Consents and objections", "Messages", "Everything else",
        "What is not in here", "Your rights",
    ]  # fmt: skip
    assert "Art. 6(1)(b)" in page.said and "Art. 6(1)(f)" in page.said  # shop by contract, crm by interest
    assert "hunterpersonanswered" in page.said


def test_a_source_without_a_ground_says_so() -> None:
    page = render_page(
        {"core.sources": [], "core.contact_sources": [{"source": "bought"}]}, {}, About("R-1", "access", START)
    )
    assert "None is documented." in page and "the message that came with it" in page


def test_cells_that_a_spreadsheet_would_run_are_text(lab: Lab) -> None:
    lab.drop("shop", csv("email,name,title,phone", 'ada@ok.test,Ada,"=HYPERLINK(""http://x"")",+4930901820'))
    found = disclosed(lab)
    table = found.files["csv/core.contacts.csv"]
    assert "'=HYPERLINK" in table and ",+4930901820" in table
    assert found.rows("core.contacts")[0]["title"] == '=HYPERLINK("http://x")'


def test_it_is_written_whole_or_not_at_all(lab: Lab, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    lab.drop("shop", csv("email,name", "ada@ok.test,Ada Example"))
    number = open_request(lab.session, "access", who="ada@ok.test")
    with pytest.raises(UsageError, match="cannot be written"):
        serve_request(lab.session, number, output=tmp_path / "none" / "x.zip")

    def broken(rows: object) -> str:
        raise RuntimeError

    target = tmp_path / "out" / "x.zip"
    target.parent.mkdir()
    with monkeypatch.context() as patch:
        patch.setattr(disclosing, "_as_csv", broken)
        with pytest.raises(RuntimeError):
            serve_request(lab.session, number, output=target)
    assert list(target.parent.iterdir()) == []
    assert lab.value("select state from ops.subject_requests") == "open"
    assert serve_request(lab.session, number, output=target)["is_served"]
    assert [path.name for path in target.parent.iterdir()] == ["x.zip"]
    target.unlink()
    assert not serve_request(lab.session, number, output=target)["is_served"]
    assert not target.exists()
