"""contact-pipeline run: what lands, what it says, how it ends."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from contact_pipeline.adapters.postgres.drop_store import DropStore
from contact_pipeline.drops.intake import Intake
from contact_pipeline.opening import open_session
from contact_pipeline_tests.cli.conftest import Command
from contact_pipeline_tests.installation import Installation, only_json, write

HEADER = "Name,Email,Phone"
GOOD = f"{HEADER}\nAda Orchid,ada@orchid.net,917-865-7631"
BAD = f"{HEADER}\n" + "\n".join(["Ada Orchid,ada@orchid.net,", "x,y,z,too,many", "-,-,-"])
STAGES = ["raw_contacts", "contacts", "validated_emails", "normalized_phones", "enriched_profiles"]


def test_json_is_one_object_and_nothing_else(command: Command, installation: Installation) -> None:
    installation.drop("crm/list.csv", GOOD)
    ended = command("run", "--json")
    assert (ended.code, ended.stderr) == (0, "")
    told = only_json(ended.stdout)
    (drop,) = told["drops"]
    assert drop == {
        "key": drop["key"],
        "source": "crm",
        "rows_in": 1,
        "rows_loaded": 1,
        "rows_merged": 0,
        "rows_quarantined": 0,
        "rows_erased": 0,
        "published": True,
        "held_reason": None,
        "rolled_back_by": None,
        "columns": [
            {"header": name, "field": name.lower(), "sureness": "exact"} for name in ("Name", "Email", "Phone")
        ],
    }
    assert {stage["name"] for stage in told["stages"] if stage["drop"] == drop["key"]} == set(STAGES)
    of_no_drop = {stage["name"]: stage["rows"] for stage in told["stages"] if stage["drop"] is None}
    assert of_no_drop["compliance_views"] == of_no_drop["curated/mailable_contacts"] == 1
    assert {"name": "rows_conserved", "drop": drop["key"], "passed": True} in told["checks"]
    assert isinstance(told["seconds"], float)


def test_the_second_run_changes_nothing(command: Command, installation: Installation) -> None:
    """Its first counts are reported, and no stage runs again."""
    file = write(installation.folder / "crm" / "list.csv", GOOD)
    first = only_json(command("run", str(file), "--json").stdout)
    before = installation.dump("raw", "core", "audit", "ops", "dagster")
    ended = command("run", str(file), "--json")
    second = only_json(ended.stdout)
    assert ended.code == 0
    assert second["drops"] == first["drops"]
    assert second["stages"] == []
    assert installation.dump("raw", "core", "audit", "ops", "dagster") == before


def test_two_runs_of_one_new_file_at_once_publish_it_once(installation: Installation) -> None:
    """One publishes; the other waits for it, and tells the same counts."""
    rows = [f"Person Number{i},person{i}@orchid.net," for i in range(400)]
    file = write(installation.folder / "crm" / "list.csv", HEADER, *rows)
    command = [sys.executable, "-c", "from contact_pipeline.cli.main import main; main()", "run", str(file), "--json"]
    environment = {**os.environ, **installation.environment}
    both = [
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    ended = [process.communicate(timeout=240) for process in both]
    assert [process.returncode for process in both] == [0, 0], ended
    one, other = (only_json(stdout)["drops"] for stdout, _ in ended)
    assert one == other
    assert [(drop["rows_in"], drop["rows_loaded"], drop["published"]) for drop in one] == [(400, 400, True)]
    assert installation.dump("raw").count("Person Number399") == 1


def test_files_of_incoming_move_and_others_are_copied(command: Command, installation: Installation) -> None:
    inside = installation.drop("crm/list.csv", GOOD)
    outside = write(installation.folder / "elsewhere" / "other.csv", HEADER, "Bo Orchid,bo@orchid.net,")
    ended = command("run", str(inside), str(outside), "--source", "mine", "--json")
    assert ended.code == 0
    assert not inside.exists()
    assert outside.exists()
    keys = {drop["key"] for drop in only_json(ended.stdout)["drops"]}
    assert {path.stem for path in installation.settings.archive.iterdir()} == keys


def test_source_is_folder_then_option_then_policy_then_undocumented(installation: Installation) -> None:
    """And what is given twice is one drop: no stage needs to run to see that."""

    def row(name: str) -> str:
        return f"{name} Orchid,{name}@orchid.net,"

    folder, settings = installation.folder, installation.settings
    with open_session(settings) as session:
        intake = Intake(session)

        def taken(source: str | None, *files: Path) -> list[str]:
            drops, rejected = intake.take_files(list(files), source)
            assert rejected == []
            with session.connection("test") as connection:
                return [DropStore(connection).get(drop.key).source for drop in drops]

        inside = installation.drop("other/a.csv", HEADER, row("a"))
        declared = write(folder / "crm" / "b.csv", HEADER, row("b"))
        assert taken("given", inside, declared) == ["other", "given"]  # the folder wins over --source, that over policy
        parent = write(folder / "crm" / "c.csv", HEADER, row("c"))
        stem = write(folder / "elsewhere" / "CRM.csv", HEADER, row("d"))
        assert taken(None, parent, stem) == ["crm", "crm"]
        nothing = write(folder / "elsewhere" / "e.csv", HEADER, row("e"))
        loose = installation.drop("f.csv", HEADER, row("f"))
        assert taken(None, nothing, loose) == ["undocumented", "undocumented"]

        twice = [write(folder / name / "list.csv", HEADER, row("g")) for name in ("one", "two")]
        drops, _ = intake.take_files(twice, "mine")
        assert [(drop.is_new, drop.is_done) for drop in drops] == [(True, False)]


def test_a_gate_holds_and_a_person_lets_go(command: Command, installation: Installation) -> None:
    held = command("run", str(write(installation.folder / "crm" / "bad.csv", BAD)), "--json")
    (drop,) = only_json(held.stdout)["drops"]
    assert held.code == 3
    assert (drop["published"], drop["rows_quarantined"]) == (False, 2)
    assert drop["held_reason"].startswith("failed rows: 66.7%")
    assert installation.rows("select count(*) from core.contacts") == [(0,)]
    assert {"name": "drop_passes_gate", "drop": drop["key"], "passed": False} in only_json(held.stdout)["checks"]
    again = command("run", str(installation.folder / "crm" / "bad.csv"))
    assert again.code == 3
    assert f"is held. {drop['held_reason']}" in again.stdout

    assert command("approve", drop["key"], "--reason", " ").code == 2
    approved = command("approve", drop["key"], "--reason", "looked at it", "--json")
    assert approved.code == 0
    assert only_json(approved.stdout)["drops"][0]["published"] is True
    assert installation.rows("select approved_reason, approved_by is not null from raw.drops") == [
        ("looked at it", True)
    ]
    assert command("approve", drop["key"], "--reason", "again").code == 2  # it is not held any more


def test_replay_reads_the_archived_file_again(command: Command, installation: Installation) -> None:
    lines = [f"Ada{n} Orchid,ada{n}@orchid.net," for n in range(20)]
    file = write(installation.folder / "crm" / "list.csv", HEADER, *lines, "-,-,-")
    (drop,) = only_json(command("run", str(file), "--json").stdout)["drops"]
    replayed = command("replay", drop["key"], "--json")
    told = only_json(replayed.stdout)
    assert replayed.code == 0
    assert told["drops"] == [drop]
    assert "raw_contacts" in [stage["name"] for stage in told["stages"]]
    assert command("replay", "20260101-no-such").code == 2


def test_lines_for_people(command: Command, installation: Installation) -> None:
    """A line a stage on stderr, whole keys on stdout although nobody's terminal is that wide."""
    installation.drop("crm/list.csv", GOOD)
    ended = command("run")
    key = installation.rows("select key from raw.drops")[0][0]
    assert f"raw_contacts {key}: 1 rows in" in ended.stderr
    assert "published" in next(line for line in ended.stdout.splitlines() if key in line)
    assert "1 new of 1 drops" in ended.stdout
    assert command("run").stdout.startswith("Nothing to do")


def test_a_file_that_is_no_list_is_rejected_and_the_others_go_on(command: Command, installation: Installation) -> None:
    installation.drop("crm/list.csv", GOOD)
    binary = installation.settings.incoming / "crm" / "picture.csv"
    binary.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20)
    ended = command("run", "--json")
    told = only_json(ended.stdout)
    assert ended.code == 3
    assert [drop["published"] for drop in told["drops"]] == [True]
    assert [(refused["file"], refused["reason"]) for refused in told["rejected"]] == [(2, "binary_file")]
    assert not binary.exists()
    assert sorted(path.name for path in installation.settings.rejected.iterdir()) == [
        "picture.csv",
        "picture.csv.reason.txt",
    ]
    assert installation.rows("select rule from ops.alerts") == [("file_rejected_binary_file",)]


@pytest.mark.parametrize("is_named", [True, False], ids=["FILE", "INCOMING"])
def test_a_drop_that_was_left_unfinished_goes_on(command: Command, installation: Installation, is_named: bool) -> None:
    """Landed and archived, then the process died: the same command takes it up."""
    file = write(installation.folder / "crm" / "list.csv", GOOD) if is_named else None
    arguments = [str(file)] if file else []
    installation.drop("crm/list.csv", GOOD)
    assert command("run").code == 0
    assert installation.execute("update raw.drops set published_at = null") == 1
    assert installation.execute("delete from ops.stage_runs where stage = 'enriched_profiles'") == 1
    told = only_json(command("run", *arguments, "--json").stdout)
    assert told["drops"][0]["published"] is True
    assert "enriched_profiles" in [stage["name"] for stage in told["stages"]]
