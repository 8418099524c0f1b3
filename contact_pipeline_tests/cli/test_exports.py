"""An export is a disclosure: on record before its first byte, with a manifest, and also where it fails half way."""

import hashlib
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from psycopg.errors import RestrictViolation

from contact_pipeline.compliance.exports import export_on_record
from contact_pipeline.opening import open_session
from contact_pipeline_tests.cli.conftest import Command
from contact_pipeline_tests.installation import POLICY, REPOSITORY, Installation

ROWS = ("Name,Email", *(f"Di{n} Orchid,di{n}@orchid.net" for n in range(20)))
ON_RECORD = (
    "select view_name, format, destination, purposes, is_purpose_stated, outcome, row_count, sha256"
    " from curated.exports order by id"
)


@pytest.fixture
def filled(command: Command, installation: Installation) -> Installation:
    installation.drop("crm/list.csv", *ROWS)
    assert command("run").code == 0
    return installation


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_what_left_is_on_record_and_the_manifest_says_the_same(
    command: Command, filled: Installation, tmp_path: Path
) -> None:
    for kind, purpose in (("csv", ()), ("parquet", ("--purpose", "Yearly Survey"))):
        target = tmp_path / f"list.{kind}"
        assert command("export", "contacts", "--format", kind, "--output", str(target), *purpose).code == 0
        manifest_path = tmp_path / f"list.{kind}.manifest.json"
        text, manifest = manifest_path.read_text(), json.loads(manifest_path.read_text())
        assert manifest_path.stat().st_mode & 0o777 == 0o600
        row = filled.rows(ON_RECORD)[-1]
        assert row == (
            "contacts", kind, "file", ["yearly_survey"] if purpose else ["sales"], bool(purpose), "complete", 20,
            sha256(target.read_bytes()),
        )  # fmt: skip
        assert (manifest["rows"], manifest["sha256"], manifest["purposes"]) == (row[6], row[7], row[3])
        assert manifest["view"] == "curated.contacts" and manifest["file"] == target.name
        assert "email" in manifest["columns"] and "orchid" not in text
    written = command("export", "mailable_contacts", "--purpose", "sales").stdout
    assert filled.rows(ON_RECORD)[-1][2:] == (
        "stdout", ["sales"], True, "complete", 20, sha256(written.encode()),
    )  # fmt: skip
    assert command("export", "mailable_contacts", "--purpose", "newsletter").stdout.count("\n") == 1  # nobody


def test_the_policy_may_want_a_purpose(command: Command, filled: Installation) -> None:
    filled.settings.policy_path.write_text(POLICY + "\n[exports]\nrequire_purpose = true\n")
    refused = command("export", "contacts")
    assert (refused.code, refused.stdout) == (2, "")
    assert "--purpose" in refused.stderr and len(refused.stderr.splitlines()) == 1
    assert command("export", "contacts", "--purpose", " - ").code == 2
    assert filled.rows(ON_RECORD) == []
    assert command("export", "contacts", "--purpose", "audit").code == 0


def test_one_that_fails_half_way_is_on_record_with_what_had_gone_out(filled: Installation) -> None:
    with open_session(filled.settings, actor="ana") as session:

        def export() -> None:
            with export_on_record(
                session, view="contacts", kind="csv", destination="stdout", columns=["name"], purpose=None
            ) as record:
                assert filled.rows(ON_RECORD)[-1][5:] == (None, None, None)  # before the first byte
                record.hashed(io.BytesIO()).write(b"half")
                record.rows += 7
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            export()
    assert filled.rows(ON_RECORD)[-1][5:] == ("failed", 7, sha256(b"half"))
    assert filled.rows("select exported_by from curated.exports") == [("ana",)]


def test_a_disk_that_is_full_ends_it_and_leaves_it_on_record(filled: Installation) -> None:
    """The real program; stdout takes nothing."""
    program = "import sys; from contact_pipeline.cli.main import main; sys.argv[1:] = ['export', 'contacts']; main()"
    with Path("/dev/full").open("wb") as full:
        ended = subprocess.run(
            [sys.executable, "-c", program],
            env={"PATH": os.environ["PATH"], **filled.environment}, cwd=REPOSITORY, stdout=full, stderr=subprocess.PIPE,
            text=True, check=False,
        )  # fmt: skip
    assert ended.returncode == 1 and "No space left" in ended.stderr and "Traceback" not in ended.stderr
    ((_, _, _, _, _, outcome, _, digest),) = filled.rows(ON_RECORD)
    assert outcome == "failed" and digest is not None


def test_a_record_is_completed_once_and_never_taken_back(filled: Installation, command: Command) -> None:
    assert command("export", "contacts").code == 0
    for change in ("set row_count = 0", "set exported_by = 'nobody'", "set purposes = '{}'", "set outcome = 'failed'"):
        with pytest.raises(RestrictViolation), psycopg.connect(filled.database_url) as owner:
            owner.execute(f"update ops.exports {change}")
    with pytest.raises(RestrictViolation), psycopg.connect(filled.database_url) as owner:
        owner.execute("delete from ops.exports")
