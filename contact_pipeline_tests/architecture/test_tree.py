"""Shape of the repository: short files, telling names, one code location, a lock file that works anywhere."""

import re
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]  # comes with dagster, without stubs

ROOT = Path(__file__).resolve().parents[2]
CODE = ("contact_pipeline", "contact_pipeline_tests", "benchmarks")
MOST_LINES = 400
# A name that says nothing collects everything.
SAYS_NOTHING = {"util", "utils", "helper", "helpers", "common", "misc"}
# Written by `make lock`; sizes of other files are ours to keep.
GENERATED = {"requirements.lock", "docs/data-dictionary.md"}
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")
REGISTRY = re.compile(r"(https?://|--(extra-)?index-url|--find-links|--trusted-host)", re.IGNORECASE)
# Folders that exist on somebody's machine only. Text that quotes one would be wrong everywhere else.
SOMEBODYS = re.compile(r"(?<![\w.~])/(home|Users|root|work|workspace)/[\w.-]+/", re.ASCII)


@cache
def tracked() -> tuple[Path, ...]:
    """Files that are, or are about to be, in the repository."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if found.returncode:
        pytest.skip("not a git repository: nothing says which files belong to it")
    return tuple(path for name in found.stdout.split("\0") if name and (path := ROOT / name).is_file())


def code_files() -> Iterator[Path]:
    for folder in CODE:
        yield from sorted(path for path in (ROOT / folder).rglob("*") if path.suffix in {".py", ".sql"})


def test_files_are_short() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in code_files()
        if (lines := path.read_text(encoding="utf-8").count("\n")) >= MOST_LINES
    }
    assert not long, f"{MOST_LINES} lines and more: cut them"


def test_names_say_something() -> None:
    names = [path.relative_to(ROOT).with_suffix("") for path in code_files()]
    assert not [str(name) for name in names if SAYS_NOTHING & set(name.parts)]


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in code_files()
        if path.suffix == ".py" and not path.read_text(encoding="utf-8").lstrip().startswith(('"""', 'r"""', "#!"))
    ]
    assert not silent


def test_lock_file_has_hashes_and_names_no_registry() -> None:
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert not REGISTRY.search(text)
    entries = [e for e in re.split(r"\n(?=[A-Za-z0-9])", text) if not e.startswith("#")]
    assert len(entries) > 50
    unpinned = [entry.partition("\n")[0] for entry in entries if "==" not in entry.partition("\n")[0]]
    unhashed = [entry.partition("\n")[0] for entry in entries if not HASH.search(entry)]
    assert (unpinned, unhashed) == ([], [])


def test_lock_file_satisfies_the_project() -> None:
    """Every dependency of pyproject.toml is in the lock, so that installing with --no-deps leaves nothing out."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = project["project"]["dependencies"] + project["dependency-groups"]["dev"]
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    locked = {_plain(name) for name in re.findall(r"^([A-Za-z0-9][\w.-]*)==", lock, re.MULTILINE)}
    missing = {name for entry in wanted if (name := _plain(re.split(r"[\[<>=!~ ;]", entry)[0])) not in locked}
    assert not missing


def test_dagster_finds_one_code_location() -> None:
    """`dg dev` reads [tool.dg] and ignores workspace.yaml without a word; `dagster dev` reads workspace.yaml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["dg"]["project"]
    (entry,) = yaml.safe_load((ROOT / "workspace.yaml").read_text(encoding="utf-8"))["load_from"]
    module = entry["python_module"]
    assert module["module_name"] == project["code_location_target_module"]
    assert module["location_name"] == project["code_location_name"]
    assert module["module_name"].split(".")[0] == project["root_module"]


def test_no_path_of_a_machine() -> None:
    found = []
    for path in tracked():
        if path.suffix == ".png" or str(path.relative_to(ROOT)) in GENERATED:
            continue
        text = path.read_bytes().decode("utf-8", "replace")
        found += [f"{path.relative_to(ROOT)}: {match[0]}" for match in SOMEBODYS.finditer(text)]
    assert not found


def _plain(name: str) -> str:
    """A distribution's normalised name (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()
