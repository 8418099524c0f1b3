"""contact-pipeline export: a curated view as CSV or Parquet, on record as a disclosure."""

import getpass
import io
import json
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from contact_pipeline.cli.named_files import writing
from contact_pipeline.core.errors import UsageError
from contact_pipeline.settings import load_settings

if TYPE_CHECKING:
    import pyarrow as pa

# A spreadsheet runs a cell that begins like this (OWASP, CSV injection); an apostrophe makes it text.
FORMULA_START = "^[=+\\-@\t\r]"
# Telephone numbers in E.164 begin with + and are no formula: digits only.
HARMLESS = r"^\+[0-9]+$"

OUTREACH = "mailable_contacts"  # the one view whose rows leave in order to be written to


@click.command()
@click.argument("view", default="mailable_contacts")
@click.option("--format", "kind", type=click.Choice(["csv", "parquet"]), default="csv", show_default=True)
@click.option(
    "--output", type=click.Path(path_type=Path, dir_okay=False), help="File to write; CSV goes to stdout without it."
)
@click.option("--purpose", help="What it is for, kept with the export; of a list only who may be contacted for it.")
@click.option("--unsubscribe", is_flag=True, help="For sending: adds the link and headers by which each can leave.")
def export(view: str, kind: str, output: Path | None, purpose: str | None, unsubscribe: bool) -> None:
    """Write a view of `curated` (default mailable_contacts). Cells a spreadsheet would run as formulas are defused.

    Who took what, when and what for is kept (curated.exports), and lies beside the file as PATH.manifest.json.
    """
    # In the command: spares the others (and --help) what only this one needs, up to 3 s of imports.
    import pyarrow.csv as pacsv
    import pyarrow.parquet as pq

    from contact_pipeline.adapters.postgres.exporting import FOR_PURPOSE, stream_view
    from contact_pipeline.compliance.exports import check_purpose, export_on_record
    from contact_pipeline.opening import open_session
    from contact_pipeline.outreach.sending_list import with_way_out

    if kind == "parquet" and output is None:
        raise UsageError("Parquet is binary: name a file with --output.")
    with ExitStack() as opened:
        session = opened.enter_context(open_session(load_settings(), actor=getpass.getuser()))
        check_purpose(session, purpose)
        connection = opened.enter_context(session.connection("export"))
        missing = session.policy.sender.missing
        if unsubscribe and missing:
            raise UsageError(_without_sender(missing).removeprefix("Warning: "))
        if view == OUTREACH and missing:
            click.echo(_without_sender(missing), err=True)
        only = purpose if view in FOR_PURPOSE else None
        # Closed before the connection is, whatever happens: that would wait for ever for a COPY that nobody reads on.
        batches = opened.enter_context(closing(stream_view(connection, view, purpose=only)))
        if unsubscribe:
            batches = opened.enter_context(closing(with_way_out(session, view, batches, purpose or "")))
        first = next(batches)
        with (
            export_on_record(
                session,
                view=view,
                kind=kind,
                destination="stdout" if output is None else "file",
                columns=first.schema.names,
                purpose=purpose,
            ) as record,
            _sink(output) as sink,
        ):
            out = record.hashed(sink)
            if kind == "parquet":
                with pq.ParquetWriter(out, first.schema) as writer:
                    for batch in _with_first(first, batches):
                        writer.write_batch(batch)
                        record.rows += batch.num_rows
            else:
                with pacsv.CSVWriter(out, first.schema) as writer:
                    for batch in _with_first(first, batches):
                        writer.write_batch(_defused(batch))
                        record.rows += batch.num_rows
        if output is not None:
            with private_file(output.with_name(f"{output.name}.manifest.json")) as manifest:
                json.dump(record.manifest() | {"file": output.name}, manifest, indent=1, ensure_ascii=False)


def _without_sender(missing: tuple[str, ...]) -> str:
    """A warning, not a refusal: what sends to these people is another program, which may know its sender."""
    return (
        f"Warning: the policy's [sender] lacks {' and '.join(missing)}. Every message to these people has to name its"
        " sender and a valid postal address (CAN-SPAM, 15 U.S.C. 7704(a)(5)(A)(iii)): docs/policy.md."
    )


def _with_first(first: "pa.RecordBatch", rest: Iterator["pa.RecordBatch"]) -> Iterator["pa.RecordBatch"]:
    yield first
    yield from rest


def _defused(batch: "pa.RecordBatch") -> "pa.RecordBatch":
    """Text that a spreadsheet would run, made text for it too."""
    # In the command: spares the others (and --help) what only this one needs, up to 3 s of imports.
    import pyarrow as pa
    import pyarrow.compute as pc

    columns = []
    for column in batch.columns:
        if column.type != pa.string():
            columns.append(column)
            continue
        dangerous = pc.and_not(
            pc.match_substring_regex(column, FORMULA_START), pc.match_substring_regex(column, HARMLESS)
        )
        columns.append(pc.if_else(dangerous, pc.binary_join_element_wise("'", column, ""), column))
    return pa.RecordBatch.from_arrays(columns, schema=batch.schema)


@contextmanager
def _sink(output: Path | None) -> Iterator[IO[Any]]:
    """stdout, or a file that is there whole or not at all, readable by its owner only."""
    if output is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    with whole_file(output) as file:
        yield file


@contextmanager
def whole_file(output: Path) -> Iterator[IO[bytes]]:
    """A file that is there whole or not at all, readable by its owner only."""
    part = output.with_name(f".{output.name}.part")
    with writing(output), ExitStack() as leaving:
        leaving.callback(_without_part, part)
        with open(part, "wb", opener=_private) as file:  # Path.open takes no opener
            yield file
        part.replace(output)


@contextmanager
def private_file(output: Path) -> Iterator[IO[str]]:
    """The same for text, in UTF-8."""
    with whole_file(output) as file:
        text = io.TextIOWrapper(file, encoding="utf-8", newline="")
        yield text
        text.flush()
        text.detach()


def _without_part(part: Path) -> None:
    with suppress(OSError):  # why it cannot be written is said already
        part.unlink(missing_ok=True)


def _private(path: str, flags: int) -> int:
    # In the command: spares the others (and --help) what only this one needs, up to 3 s of imports.

    return os.open(path, flags, 0o600)
