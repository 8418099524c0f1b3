"""Environment → one frozen, validated object: folders, addresses of servers, secrets' places.

Read once at an edge (`load_settings`) and handed on; nothing else reads the environment. The rules of the data
(sources, thresholds, decay) are not here but in policy/, the names of a vendor's variables in the vendor's file.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from contact_pipeline.core.errors import ConfigurationError
from contact_pipeline.core.origins import checked_origin

DNS_PORT = 53


@dataclass(frozen=True)
class NameServer:
    """Whom DNS questions go to. address: host and port; None: those of /etc/resolv.conf. timeout_s: of one try."""

    address: tuple[str, int] | None = None
    timeout_s: float = 5.0


@dataclass(frozen=True)
class Settings:
    """Where things are. Paths are absolute.

    environment: all that was set, for the services outside, which alone know the names of their variables.
    """

    root: Path
    home: Path
    incoming: Path
    policy_path: Path
    key_file: Path
    ledger: Path
    backup_key: Path
    database_url: str | None = field(default=None, repr=False)  # holds a password
    dns_server: tuple[str, int] | None = None
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)  # holds keys

    @property
    def archive(self) -> Path:
        """Landed files, each under its drop key; private to the owner."""
        return self.home / "archive"

    @property
    def exports(self) -> Path:
        """What was disclosed to people who asked, until it is handed over; private to the owner."""
        return self.home / "exports"

    @property
    def erasures(self) -> Path:
        """Certificates of erasures, and what waits for their last search."""
        return self.home / "erasures"

    @property
    def is_own_ledger(self) -> bool:
        """Whether the ledger is HOME's own folder, made when it is missing; one that was named has to be there."""
        return self.ledger == self.home / "ledger"

    @property
    def rejected(self) -> Path:
        """Files that could not become drops, each with a reason beside it."""
        return self.incoming.parent / "rejected"

    def variable(self, name: str) -> str:
        """A service's variable; empty: not set."""
        return self.environment.get(name, "")

    def origin(self, name: str) -> str:
        """A service's address, scheme://host[:port]: the path is the service's own business. Empty: not set.

        Raises ConfigurationError where it is none that may be asked (core/origins.py).
        """
        text = self.variable(name)
        return checked_origin(name, text) if text else ""


def project_root(start: Path | None = None) -> Path:
    """The nearest folder upwards that has a workspace.yaml; else the folder the package lies in."""
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / "workspace.yaml").is_file():
            return folder
    return Path(__file__).resolve().parent.parent


def load_settings(environment: Mapping[str, str] | None = None, *, root: Path | None = None) -> Settings:
    """Raises ConfigurationError naming the variable that is wrong. Empty variables count as unset."""
    env = {name: value for name, value in (os.environ if environment is None else environment).items() if value}
    base = root or project_root()

    def path(name: str, default: Path) -> Path:
        return (base / Path(env[name]).expanduser()).resolve() if name in env else default

    home = path("CONTACT_PIPELINE_HOME", base / ".contact_pipeline")
    url = env.get("CONTACT_PIPELINE_DATABASE_URL")
    if url is not None and not _is_postgresql(url):
        raise ConfigurationError(
            "CONTACT_PIPELINE_DATABASE_URL is not a PostgreSQL URL. Write postgresql://user:password@host:port/database"
        )
    return Settings(
        root=base,
        home=home,
        incoming=path("CONTACT_PIPELINE_INCOMING", base / "data" / "incoming"),
        policy_path=path("CONTACT_PIPELINE_POLICY", base / "contact_pipeline.toml"),
        key_file=path("CONTACT_PIPELINE_KEY_FILE", home / "keys" / "subject.key"),
        ledger=path("CONTACT_PIPELINE_LEDGER", home / "ledger"),
        backup_key=path("CONTACT_PIPELINE_BACKUP_KEY_FILE", home / "backup.agekey"),
        database_url=url,
        dns_server=_server("CONTACT_PIPELINE_DNS", env.get("CONTACT_PIPELINE_DNS")),
        environment=env,
    )


def _is_postgresql(url: str) -> bool:
    try:
        urlsplit(url).port  # noqa: B018 - raises for what is no port
    except ValueError:
        return False
    return url.startswith(("postgresql://", "postgres://", "postgresql+psycopg://"))


def _server(name: str, text: str | None) -> tuple[str, int] | None:
    """`host`, `host:port` or `[v6]:port`."""
    if text is None:
        return None
    host, port = text, str(DNS_PORT)
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        port = rest.removeprefix(":") or port
    elif text.count(":") == 1:
        host, port = text.split(":")
    if not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise ConfigurationError(f"{name} is not a server. Write host or host:port, for example 127.0.0.1:5353")
    return host, int(port)
