"""What the documents say is what the program does: commands run, tables compared, links resolved."""

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from contact_pipeline.core.marketing_law import MARKETING_RULES
from contact_pipeline.policy.alerts import AlertMailPolicy, QuietHours
from contact_pipeline.policy.costs import CostLine
from contact_pipeline.policy.esp import EspPolicy
from contact_pipeline.policy.file import Policy
from contact_pipeline.policy.sections import FieldPolicy, LinkedInPolicy, SourcePolicy
from contact_pipeline.schemas.curated import PERMISSION_REASONS
from contact_pipeline_tests.dns_server import serve

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
DOCUMENTS = [README, ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md")), ROOT / "data/samples/README.md"]

# Runs every command line in one interpreter (importing Dagster takes longer than most of them) by the console script's
# own entry; answers with their exit codes.
DRIVER = """
import json, sys
from contact_pipeline.cli.main import main
codes = []
for arguments in json.loads(sys.argv[1]):
    sys.argv = ["contact-pipeline", *arguments]
    try:
        main()
    except SystemExit as end:
        codes.append(end.code or 0)
    sys.stdout.flush()
json.dump(codes, open("codes.json", "w"))
"""


def fenced(path: Path, language: str) -> list[str]:
    """The texts of the blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def table(path: Path, first_header: str) -> list[list[str]]:
    """Cells of the table whose first header is this, without the header."""
    text = path.read_text(encoding="utf-8")
    (rows,) = re.findall(rf"^\| {first_header} \|.*\n\|[-|]+\|\n((?:\|.*\n)+)", text, re.MULTILINE)
    return [[cell.strip() for cell in row.strip("|").split(" | ")] for row in rows.splitlines()]


def commands() -> list[list[str]]:
    """The README's `contact-pipeline` lines, after a run over the samples, which is what `make run` does."""
    lines = [line for block in fenced(README, "sh") for line in block.splitlines()]
    found = [shlex.split(line)[1:] for line in lines if line.startswith("contact-pipeline ")]
    samples = sorted(str(path) for path in (ROOT / "data" / "samples").glob("*/*.csv"))
    queries = [
        ["db", "psql", "--", "-q", "-v", "ON_ERROR_STOP=1", "-c", query]
        for block in fenced(README, "sql")
        for query in block.split("\n\n")
    ]
    return [["run", *samples], *found, *queries]


@pytest.fixture
def workplace(open_tmp_path: Path) -> Iterator[Path]:
    """A folder that looks like the repository's root, with its own incoming folder."""
    for name in ("data/samples", "contact_pipeline.toml", "workspace.yaml", "dagster.yaml"):
        (open_tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (open_tmp_path / name).symlink_to(ROOT / name)
    yield open_tmp_path


def test_commands_and_queries_run(workplace: Path, database_url: str) -> None:
    with serve({}) as dns:
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("CONTACT_PIPELINE", "DAGSTER", "PYTEST"))
        } | {"CONTACT_PIPELINE_DATABASE_URL": database_url, "CONTACT_PIPELINE_DNS": "{}:{}".format(*dns.address)}
        found = subprocess.run(
            [sys.executable, "-c", DRIVER, json.dumps(commands())],
            cwd=workplace, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert found.returncode == 0, found.stderr[-4000:]
    codes = json.loads((workplace / "codes.json").read_text())
    failed = [(code, command[:3]) for code, command in zip(codes, commands(), strict=True) if code]
    assert not failed, found.stderr[-4000:]
    assert (workplace / "contacts.csv").stat().st_size > 10_000
    assert '"published": true' in found.stdout  # run --json


def test_make_targets_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    text = "\n".join(path.read_text(encoding="utf-8") for path in DOCUMENTS)
    named = set(re.findall(r"(?:^|`)make ([a-z]+)", text, re.MULTILINE))
    assert {"run", "up", "test"} <= named
    missing = {target for target in named if not re.search(rf"^{target}:.*##", makefile, re.MULTILINE)}
    assert not missing


def test_environment_table_is_what_settings_read() -> None:
    source = (ROOT / "contact_pipeline" / "settings.py").read_text(encoding="utf-8")
    assert {row[0].strip("`") for row in table(README, "variable")} == set(
        re.findall(r"\"(CONTACT_PIPELINE_[A-Z_]+)\"", source)
    )


@pytest.mark.filterwarnings("ignore::dagster.BetaWarning")  # asset(backfill_policy=…), at import; pinned exactly
def test_asset_table_is_the_graph() -> None:
    from contact_pipeline.orchestration.build import build_definitions

    graph = build_definitions().resolve_asset_graph()
    said = {row[0].strip("`"): row[1] for row in table(README, "asset")}
    assert said == {key.to_user_string(): graph.get(key).group_name for key in graph.get_all_asset_keys()}


def test_command_table_is_the_command_line() -> None:
    from contact_pipeline.cli.main import cli

    said = set(re.findall(r"`([a-z-]+)", " ".join(row[0] for row in table(README, "command"))))
    assert said == set(cli.commands)


def policy_sections() -> list[tuple[str, type[BaseModel]]]:
    sections = [(f"[{name}]", field.annotation) for name, field in Policy.model_fields.items() if name != "sources"]
    nested: list[tuple[str, type[BaseModel]]] = [
        ("[alerts.quiet_hours]", QuietHours),
        ("[alerts.email]", AlertMailPolicy),
        ("[enrichment.linkedin]", LinkedInPolicy),
        ("[enrichment.fields.NAME]", FieldPolicy),
        ("[esp.NAME]", EspPolicy),
        ("[costs.items.NAME]", CostLine),
    ]
    models = [(name, model) for name, model in sections if isinstance(model, type)]
    return [("[sources.NAME]", SourcePolicy), *models, *nested]


@pytest.mark.parametrize(("heading", "model"), policy_sections(), ids=lambda value: getattr(value, "__name__", value))
def test_policy_document_has_every_key_with_its_default(heading: str, model: type[BaseModel]) -> None:
    text = (ROOT / "docs" / "policy.md").read_text(encoding="utf-8")
    section = text.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    said = dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", section, re.MULTILINE))
    defaults = {name: field.get_default(call_default_factory=True) for name, field in model.model_fields.items()}
    assert said == {name: _as_toml(value) for name, value in defaults.items() if not _has_a_section(value)}


def _has_a_section(value: object) -> bool:
    """Sections within a section have a heading of their own."""
    inner = list(value.values()) if isinstance(value, dict) else [value]
    return any(isinstance(one, BaseModel) for one in inner)


def _as_toml(value: object) -> str:
    """A default as the document writes it."""
    return "none" if value is None else f"`{json.dumps(value)}`"


def test_policy_example_is_accepted() -> None:
    import tomllib

    for path in (README, ROOT / "docs" / "policy.md"):
        for block in fenced(path, "toml"):
            Policy.model_validate(tomllib.loads(block))


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_resolve(path: Path) -> None:
    text = re.sub(r"^```.*?^```", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith("https://"):
            continue
        name, _, anchor = target.partition("#")
        file = (path.parent / name) if name else path
        assert file.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in {_anchor(heading) for heading in headings}, target


def _anchor(heading: str) -> str:
    """As the usual renderers make it."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def test_marketing_table_is_what_the_program_asks() -> None:
    said = {row[0]: row[3] for row in table(ROOT / "docs" / "privacy.md", "country")}
    assert said.pop("every other, and unknown").startswith("ePrivacy Directive")
    assert said == {rule.country: rule.law for rule in MARKETING_RULES}


def test_every_reason_of_the_rule_is_explained_in_its_order() -> None:
    assert [row[0].strip("`") for row in table(ROOT / "docs" / "privacy.md", "reason")] == list(PERMISSION_REASONS)
