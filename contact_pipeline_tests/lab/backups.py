"""A backup by pg_dump, and a database restored from it beside a HOME of today."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from contact_pipeline.adapters.postgres import server
from contact_pipeline.adapters.postgres.embedded_places import wheel_programs
from contact_pipeline.rights.replaying import bring_back
from contact_pipeline_tests.conftest import new_database
from contact_pipeline_tests.dns_server import DnsServer
from contact_pipeline_tests.lab.lab import Lab, open_lab

VERDICTS = {"allow_special_use_domains": True, "mailable_verdicts": ["unknown/mailbox_not_checked"]}


def program(name: str, url: str, *arguments: str, text: bytes = b"") -> bytes:
    """A program of PostgreSQL; its output."""
    plain, password = server.split_password(url)
    environment = {**os.environ, **({"PGPASSWORD": password} if password else {})}
    command = [str(wheel_programs() / name), "--dbname", plain, *arguments]
    return subprocess.run(command, env=environment, input=text, capture_output=True, check=True).stdout


def backup(url: str) -> bytes:
    """The whole database as SQL."""
    return program("pg_dump", url)


@contextmanager
def restored_database(url: str, dump: bytes) -> Iterator[str]:
    """A new database from the dump, on the same server. An older server knows not all settings of a newer pg_dump."""
    with new_database(url) as new:
        program("psql", new, "--quiet", "--no-psqlrc", text=dump)
        yield new


@contextmanager
def restored(lab: Lab, dump: bytes, dns: DnsServer) -> Iterator[Lab]:
    """A lab over the restored database and the HOME of this one; nothing is brought back yet."""
    with (
        restored_database(lab.session.database_url, dump) as url,
        open_lab(url, lab.settings.root, dns.address) as found,
    ):
        found.now = lab.now
        found.with_policy(email=lab.session.policy.email.model_dump())
        yield found


def start(lab: Lab) -> None:
    """What every command does before anything else."""
    bring_back(lab.session)


def listed(lab: Lab) -> set[tuple[str, str]]:
    """(channel, address) of everybody that the lists name at this moment; no stage runs before it is read."""
    return set(
        lab.rows(
            "select 'email', lower(email) from curated.mailable_contacts"
            " union select 'phone', lower(email) from curated.callable_contacts"
        )
    )


def suppressed(lab: Lab) -> list[tuple[object, ...]]:
    """What is closed, and as of when."""
    return lab.rows(
        "select encode(subject_key, 'hex'), channel, reason, source, acted_at, last_said_at from core.suppressions"
        " order by 1, 2, 3, 4"
    )
