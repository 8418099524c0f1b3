"""From settings to a session: database up and migrated, policy read and copied, key checked, vendors at hand."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial

from contact_pipeline.adapters.key_file import open_key
from contact_pipeline.adapters.postgres.engine import Connection, connect
from contact_pipeline.adapters.postgres.migrate import migrate
from contact_pipeline.adapters.postgres.policy_copy import sync_policy
from contact_pipeline.adapters.postgres.server import database, keep_wal_from_next_start
from contact_pipeline.adapters.postgres.subject_key import check_key, key_fingerprint
from contact_pipeline.asking.call_ledger import Budget, CatchAllMemory
from contact_pipeline.asking.configured import ConfiguredVendors
from contact_pipeline.core.providers import Layer, Provider
from contact_pipeline.emails.address_keys import fill_address_keys
from contact_pipeline.emails.dns.choosing import ChoosingResolver
from contact_pipeline.emails.validated_emails import rules_of
from contact_pipeline.history.shipping import ship
from contact_pipeline.policy.file import Policy, load_policy
from contact_pipeline.rights.replaying import bring_back, open_ledger
from contact_pipeline.settings import NameServer, Settings
from contact_pipeline.stage.session import Session
from contact_pipeline.vendors.registry import check_access, configured, make, price, provider_names, recipients


def read_policy(settings: Settings) -> Policy:
    """As the file says now. Raises ConfigurationError for a wrong one."""
    return load_policy(settings.policy_path, provider_names())


@contextmanager
def open_session(
    settings: Settings, *, actor: str = "contact_pipeline", run_id: str | None = None
) -> Iterator[Session]:
    """A session for as long as the block lasts; the embedded server, where one is used, is held with it.

    Raises ConfigurationError for a wrong policy, variable, key, URL or ledger, DatabaseUnavailable when the server does
    not answer.
    """
    check_access(settings)
    policy = read_policy(settings)
    if policy.backup.to and settings.database_url is None:
        keep_wal_from_next_start(settings)
    with database(settings) as url:
        migrate(url)
        with connect(url, actor=actor, run_id=run_id, reason="opening") as connection:
            key = open_key(settings, known_fingerprint=key_fingerprint(connection))
            check_key(connection, key)
            sync_policy(connection, policy)
            fill_address_keys(connection, key)

        session = Session(
            settings,
            url,
            policy,
            key,
            ledger=open_ledger(settings, key),
            name_server=NameServer(settings.dns_server),
            run_id=run_id,
            actor=actor,
            vendors=_vendors(settings, policy),
            log_shipper=ship,
        )
        bring_back(session)
        yield session


def _vendors(settings: Settings, policy: Policy) -> ConfiguredVendors:
    def probe(connection: Connection, now: datetime) -> Provider:
        from contact_pipeline.emails.smtp.probe import SmtpProbe  # spares aiosmtplib (0.1 s) where nobody is probed

        wanted = policy.smtp_probe
        return SmtpProbe(
            ChoosingResolver(
                NameServer(settings.dns_server), rules=rules_of(policy.email), every_host=True
            ),  # fail-over needs them all
            helo_name=wanted.helo_name,
            mail_from=wanted.mail_from,
            port=wanted.port,
            timeout_s=wanted.timeout_seconds,
            memory=CatchAllMemory(connection, now=now, refresh_days=policy.email.refresh_days),
            allow_private_addresses=policy.email.allow_private_addresses,
        )

    names = {layer: configured(settings, policy, layer) for layer in Layer}
    every = {name for of_layer in names.values() for name in of_layer}
    return ConfiguredVendors(
        names,
        make=partial(make, settings, policy),
        price=partial(price, policy),
        budgets={name: Budget(policy.budget(name).monthly, policy.budget(name).per_run) for name in every},
        probe=probe,
        recipients=recipients(names),
    )
