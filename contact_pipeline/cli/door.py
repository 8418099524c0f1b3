"""contact-pipeline inspect: a file looked at before it is dropped."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from contact_pipeline.cli.tables import print_lines, show
from contact_pipeline.core.errors import UnreadableDrop, UsageError
from contact_pipeline.core.ids import SOURCE_NAME, UNDOCUMENTED, source_name
from contact_pipeline.settings import load_settings

EXIT_HELD = 3


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--source", help="Name of the source; else the folder or the file's name, as `run` does.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout, nothing else.")
def inspect(file: Path, source: str | None, as_json: bool) -> int:
    """How each column of FILE is read and how sure that is, what would be held and why, and a mapping to paste into the
    policy. Lands nothing and needs no database.
    """
    # In the command: spares the others (and --help) what only this one needs, up to 3 s of imports.
    from contact_pipeline.drops.inspecting import inspect_file
    from contact_pipeline.policy.file import load_policy
    from contact_pipeline.vendors.registry import provider_names

    if source is not None and not SOURCE_NAME.fullmatch(source):
        raise UsageError("--source must be 1-40 of a-z 0-9 _ -")
    policy = load_policy(load_settings().policy_path, provider_names())
    declared = (source_name(name) for name in (file.resolve().parent.name, file.stem))
    source = source or next((name for name in declared if name in policy.sources), None) or UNDOCUMENTED
    try:
        found = asdict(inspect_file(policy, file, source))
    except UnreadableDrop as error:
        found = {"columns": [], "would_hold": [f"{error.reason}: {error}"]}
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
        return EXIT_HELD if found["would_hold"] else 0
    if found["columns"]:
        known = f"a file of {found['format']}" if found["format"] else "no product's file that is known"
        print_lines(
            f"{file.name}: {found['rows_in']} rows of {found['kind']}, {found['encoding']}, {known}, source {source}."
        )
        show("Columns", [c | {"examples": " | ".join(c["examples"])} for c in found["columns"]])
    if found.get("quarantined"):
        show("Rows that would be quarantined", [{"reason": r, "rows": n} for r, n in found["quarantined"].items()])
    if found.get("repairs"):
        show("Cells that would be repaired or refused", [{"rule": r, "rows": n} for r, n in found["repairs"].items()])
    if found.get("readings"):
        lines = [{"encoding": e, "line": line} for e, texts in found["readings"].items() for line in texts]
        show("Lines as each encoding gives them", lines)
    for reason in found["would_hold"]:
        print_lines(f"{file.name} would be held. {reason}")
    if found.get("mapping"):
        print_lines("What is not sure, to be corrected and put into the policy:", "", found["mapping"])
    if not found["would_hold"]:
        print_lines(f"It would pass. Land it: contact-pipeline run {file.name} --source {source}")
    return EXIT_HELD if found["would_hold"] else 0
