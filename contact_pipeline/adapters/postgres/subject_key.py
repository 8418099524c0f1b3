"""ops.subject_key: whose key made this database's hashes."""

from contact_pipeline.adapters.postgres.engine import Connection
from contact_pipeline.core.errors import ConfigurationError
from contact_pipeline.core.pii import SubjectKey


def key_fingerprint(connection: Connection) -> str | None:
    """Of the key that made this database's hashes; None for a database that holds none yet."""
    row = connection.execute("select fingerprint from ops.subject_key").fetchone()
    return str(row[0]) if row else None


def check_key(connection: Connection, key: SubjectKey) -> None:
    """Remember whose key made the hashes; refuse another one, which would let every opt-out slip."""
    connection.execute(
        "insert into ops.subject_key (fingerprint) values (%s) on conflict do nothing", (key.fingerprint,)
    )
    if key_fingerprint(connection) != key.fingerprint:
        raise ConfigurationError(
            "The key file is not the one this database was made with, so opt-outs could not be recognised."
            " Point CONTACT_PIPELINE_KEY_FILE at the original key file."
        )
