"""What every stage and use case is given: settings, rules, key, database, clock, and who works. It knows no stage."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from contact_pipeline.adapters.fact_ledger import FactLedger
from contact_pipeline.adapters.postgres.engine import Connection, connect
from contact_pipeline.asking.configured import ConfiguredVendors
from contact_pipeline.core.clock import Clock, utc_now
from contact_pipeline.core.pii import SubjectKey
from contact_pipeline.policy.file import Policy
from contact_pipeline.settings import NameServer, Settings

PHONE_PROCESSES = max(1, min(3, (os.cpu_count() or 1) - 1))  # PostgreSQL needs a core too; on two, one is fastest


@dataclass(frozen=True)
class Session:
    """One opening of the program. database_url: of the migrated database. run_id: Dagster's, where a run works.

    actor: who is named in the audit. vendors: the configured ones. phone_processes: how many parse numbers.
    log_shipper: takes the database's log to the backups (history/shipping.py), which lies above whoever needs that.
    """

    settings: Settings
    database_url: str
    policy: Policy
    key: SubjectKey
    ledger: FactLedger = field(kw_only=True)
    name_server: NameServer = field(default_factory=NameServer)
    clock: Clock = utc_now
    run_id: str | None = None
    actor: str = "contact_pipeline"
    vendors: ConfiguredVendors = field(default_factory=ConfiguredVendors)
    phone_processes: int = PHONE_PROCESSES
    log_shipper: "Callable[[Session], object] | None" = None

    @contextmanager
    def connection(self, reason: str) -> Iterator[Connection]:
        """A connection that tells the audit who works, in which run and why."""
        with connect(self.database_url, actor=self.actor, run_id=self.run_id, reason=reason) as connection:
            yield connection

    def ship_log(self) -> None:
        """What the database has written by now lies with the backups, where there are any, and need not be kept."""
        if self.log_shipper is not None:
            self.log_shipper(self)

    @property
    def archive(self) -> Path:
        """The folder of landed files, each under its drop key."""
        return self.settings.archive
