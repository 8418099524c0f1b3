"""A whole installation for the edges' tests: HOME, INCOMING, policy, DNS server and database of its own, and what the
environment says of them. Everything an edge reads comes from there, so the same object serves this process and others.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from contact_pipeline.settings import Settings, load_settings
from contact_pipeline_tests.dns_server import Zone, address, mail_domain, serve

REPOSITORY = Path(__file__).resolve().parent.parent
ZONE: Zone = {"post.orchid.net": address("198.41.0.4"), "orchid.net": mail_domain("post.orchid.net")}

POLICY = """
[alerts]
disk_free_gb = 0

[email]
mailable_verdicts = ["valid", "unknown/mailbox_not_checked"]
allow_private_addresses = true

[sender]
name = "Orchid Trading Ltd."
postal_address = "1 Orchid Street, 00000 Orchid Town"

[sources.crm]
documentation = "People who asked for an offer."
lawful_basis = "contract"
electronic_marketing = "none"
electronic_marketing_reason = "Invented people: nobody writes to them."
purpose = "sales"
default_region = "US"
"""


@dataclass(frozen=True)
class Installation:
    """Where everything is. `environment` holds the program's variables and DAGSTER_HOME, nothing else."""

    folder: Path
    environment: Mapping[str, str]
    database_url: str

    @property
    def settings(self) -> Settings:
        """As the program reads them."""
        return load_settings(self.environment, root=REPOSITORY)

    def drop(self, path: str, *lines: str) -> Path:
        """A file under INCOMING, whole at once."""
        return write(self.settings.incoming / path, *lines)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Result of a query of the test's own."""
        with psycopg.connect(self.database_url) as connection:
            return connection.execute(query.encode()).fetchall()

    def execute(self, statement: str) -> int:
        """A change made by hand; returns how many rows it touched."""
        with psycopg.connect(self.database_url) as connection:
            return connection.execute(statement.encode()).rowcount

    def dump(self, *schemas: str) -> str:
        """Every row of every table of these schemas, as text; but for who works right now."""
        found = []
        with psycopg.connect(self.database_url) as connection:
            tables = connection.execute(
                "select table_schema, table_name from information_schema.tables where table_schema = any(%s)"
                " and (table_schema, table_name) <> ('audit', 'sessions')",
                (list(schemas),),
            )
            for table in tables.fetchall():
                name = sql.Identifier(*table)
                rows = connection.execute(sql.SQL("select t::text from {} t").format(name))
                found += [str(row) for (row,) in rows]
        assert found
        return "\n".join(found)


def write(path: Path, *lines: str) -> Path:
    """A text file with its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@contextmanager
def install(folder: Path, database_url: str) -> Iterator[Installation]:
    """For the length of a with block, during which its DNS server answers."""
    with serve(dict(ZONE)) as dns:
        environment = {
            "CONTACT_PIPELINE_HOME": str(folder / "home"),
            "CONTACT_PIPELINE_INCOMING": str(folder / "incoming"),
            "CONTACT_PIPELINE_POLICY": str(write(folder / "policy.toml", POLICY)),
            "CONTACT_PIPELINE_DATABASE_URL": database_url,
            "CONTACT_PIPELINE_DNS": "{}:{}".format(*dns.address),
            "DAGSTER_HOME": str(REPOSITORY),
        }
        yield Installation(folder, environment, database_url)


def only_json(text: str) -> Any:
    """The one JSON object that `text` is."""
    return json.loads(text)
