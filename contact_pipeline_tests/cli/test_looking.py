"""status, explain, quarantine and export: what they show of one small installation."""

import csv
import io
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from contact_pipeline_tests.cli.conftest import Command
from contact_pipeline_tests.installation import Installation, only_json

ROWS = (
    "Name,Email,Phone,Company,Title",
    'Ada Orchid,ada@orchid.net,917-865-7631,"=HYPERLINK(""http://x"",""y"")",@SUM(A1)',
    "Bo Orchid,bo@orchid.net,,-2+3 Ltd,+1 ideas",
    "Cy Orchid,cy@orchid.net,,Plain Ltd,Boss",
    *(f"Di{n} Orchid,di{n}@orchid.net,,," for n in range(20)),
    "-,-,-,-,-",
)


@pytest.fixture
def filled(command: Command, installation: Installation) -> str:
    """The key of one published drop."""
    installation.drop("crm/list.csv", *ROWS)
    assert command("run").code == 0
    return str(installation.rows("select key from raw.drops")[0][0])


def test_what_is_there_can_be_seen(command: Command, installation: Installation, filled: str, tmp_path: Path) -> None:
    status = only_json(command("status", "--json").stdout)
    assert [drop["key"] for drop in status["drops"]] == [filled]
    assert status["totals"]["contacts"] == status["totals"]["may_email"] == 23
    assert filled in command("status").stdout

    known = only_json(command("explain", "ADA@orchid.net", "--json").stdout)
    assert known["contact"]["email"] == "ada@orchid.net"
    assert [origin["drop_key"] for origin in known["origins"]] == [filled]
    assert known["contact"]["phone_e164"] == "+19178657631"
    by_id = only_json(command("explain", str(known["contact"]["public_id"]), "--json").stdout)
    assert by_id == known
    assert "May it be contacted" in command("explain", "ada@orchid.net").stdout
    unknown = command("explain", "nobody@orchid.net")
    assert (unknown.code, unknown.stdout) == (2, "")
    assert unknown.stderr == "contact-pipeline: Nobody is known by that e-mail address or id.\n"

    (refused,) = only_json(command("quarantine", "--json").stdout)["rows"]
    assert (refused["drop_key"], refused["row_number"]) == (filled, 24)
    assert refused["reasons"]
    assert command("quarantine", filled).stdout.count(filled) == 1
    assert command("quarantine", "20260101-no-such").code == 2

    exported = command("export")
    assert (exported.code, exported.stderr) == (0, "")
    rows = {row["name"]: row for row in csv.DictReader(io.StringIO(exported.stdout))}
    assert len(rows) == 23
    assert rows["Ada Orchid"]["phone_e164"] == "+19178657631"  # a number in E.164 is no formula
    assert not [cell for row in rows.values() for cell in row.values() if cell.startswith(("=", "@", "-"))]
    assert rows["Ada Orchid"]["company"] == '\'=HYPERLINK("http://x","y")'
    assert rows["Ada Orchid"]["title"] == "'@SUM(A1)"
    assert (rows["Bo Orchid"]["company"], rows["Bo Orchid"]["title"]) == ("'-2+3 Ltd", "'+1 ideas")
    assert rows["Cy Orchid"]["company"] == "Plain Ltd"

    target = tmp_path / "contacts.parquet"
    assert command("export", "contacts", "--format", "parquet", "--output", str(target)).code == 0
    table = pq.read_table(target)
    assert table.num_rows == 23
    assert "=HYPERLINK" in str(table.column("company").to_pylist())  # no spreadsheet reads Parquet: values as they are
    assert target.stat().st_mode & 0o777 == 0o600
    assert command("export", "contacts", "--output", str(tmp_path / "c.csv")).stdout == ""
    assert (tmp_path / "c.csv").read_text().count("\n") == 24


def test_an_empty_view_is_a_header(command: Command) -> None:
    ended = command("export", "callable_contacts")
    assert ended.code == 0
    assert ended.stdout.startswith('"contact_id","name"')
    assert ended.stdout.count("\n") == 1
