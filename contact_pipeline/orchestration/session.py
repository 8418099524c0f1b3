"""From settings to a ready pipeline: database up and migrated, policy read and copied, key checked. No Dagster here."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from contact_pipeline.adapters.dns_bulk import BulkMailHostResolver
from contact_pipeline.adapters.key_file import load_key
from contact_pipeline.adapters.postgres.engine import connect
from contact_pipeline.adapters.postgres.ledger import Ledger
from contact_pipeline.adapters.postgres.migrate import migrate
from contact_pipeline.adapters.postgres.server import database
from contact_pipeline.emails import MailHostResolver
from contact_pipeline.orchestration.pipeline import Pipeline
from contact_pipeline.policy import load_policy
from contact_pipeline.settings import Settings


@contextmanager
def open_pipeline(
    settings: Settings, *, actor: str = "contact_pipeline", run_id: str | None = None
) -> Iterator[Pipeline]:
    """A pipeline for as long as the block lasts; the embedded server, where one is used, is held with it.

    Raises ConfigurationError for a wrong policy, key or URL, DatabaseUnavailable when the server does not answer.
    """
    policy = load_policy(settings.policy_path)
    with database(settings) as url:
        migrate(url)
        key = load_key(settings)
        with connect(url, actor=actor, run_id=run_id) as connection:
            ledger = Ledger(connection)
            ledger.check_key(key)
            ledger.sync_policy(policy)

        @cache
        def resolver() -> MailHostResolver:
            return BulkMailHostResolver(settings.dns_server)

        yield Pipeline(url, settings.archive, policy, key, resolver, run_id=run_id, actor=actor)
