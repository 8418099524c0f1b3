"""Not one seeded value outside our own tables and the archive: not in events, ticks, logs, terminals, other files."""

import subprocess
import sys
from pathlib import Path

import pytest

from contact_pipeline.adapters.postgres import server
from contact_pipeline.adapters.postgres.migrate import migrate
from contact_pipeline.settings import load_settings
from contact_pipeline_tests.installation import REPOSITORY, install, only_json
from contact_pipeline_tests.seeds import SEEDS, seeded_file

KEPT_FOR_DATA = ("archive", "database/data", "keys")


def traces(folder: Path, *apart: str) -> list[str]:
    """Files below `folder` that hold a seed in content or name, but for those in the folders `apart`."""
    found = []
    for path in folder.rglob("*"):
        inside = path.relative_to(folder).as_posix()
        if not path.is_file() or inside.startswith(apart):
            continue
        content = path.read_bytes().decode("utf-8", "replace").lower()
        found += [f"{inside}: {seed}" for seed in SEEDS if seed in content or seed in inside.lower()]
    return found


def seeds_in(text: str) -> list[str]:
    return [seed for seed in SEEDS if seed in text.lower()]


# The text of this error quotes the number: PostgreSQL puts it into the message itself, not into the detail.
BREAK_PHONES = """
    create function core.break() returns trigger language plpgsql as
        'begin perform new.phone::uuid; return new; end';
    create trigger break before insert on core.phone_validations for each row execute function core.break();
"""


@pytest.mark.parametrize("fault", [False, True], ids=["whole", "broken"])
def test_a_run_tells_nobody(open_tmp_path: Path, fault: bool) -> None:
    """With its own server, whose log is read too. Broken: a statement with everybody's values fails in a stage."""
    home = open_tmp_path / "home"
    settings = load_settings({"CONTACT_PIPELINE_HOME": str(home)}, root=open_tmp_path)
    with server.database(settings) as url, install(open_tmp_path, url) as made:
        environment = {k: v for k, v in made.environment.items() if k != "CONTACT_PIPELINE_DATABASE_URL"}
        seeded_file(made.settings.incoming / "crm")
        migrate(url)
        if fault:
            made.execute(BREAK_PHONES)
        ended = subprocess.run(
            [sys.executable, "-c", "from contact_pipeline.cli.main import main; main()", "run", "--json"],
            env={"PATH": "/usr/bin:/bin", **environment},
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
        )
        assert ended.returncode == (3 if fault else 0), ended.stderr[-2000:]
        assert len(made.rows("select * from core.contacts")) == 33
        assert seeds_in(made.dump("raw", "core"))  # they are there, so a search can find them
        assert seeds_in(made.dump("dagster")) == []
        assert seeds_in(made.dump("ops").replace("seedomain.net", "")) == []  # ops.domains remembers domains
        if not fault:  # no warning of Dagster's betas either: a process of its own would show it
            assert (only_json(ended.stdout)["drops"][0]["published"], ended.stderr) == (True, "")
        else:
            said = "failed in normalized_phones: DatabaseRefused: PostgreSQL said "
            assert only_json(ended.stdout)["drops"][0]["held_reason"].startswith(said)
        said = (ended.stdout + ended.stderr).casefold().replace("seedheader", "")  # who runs it is told each column
        assert seeds_in(said) == []
    assert traces(home, *KEPT_FOR_DATA) == []
    assert (home / "database" / "log").is_dir()


def test_a_trace_would_be_found(tmp_path: Path) -> None:
    """The search itself."""
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "x.log").write_text(f"so {SEEDS[0].upper()} said")
    assert traces(tmp_path) == [f"logs/x.log: {SEEDS[0]}"]
    assert traces(tmp_path, "logs") == []
