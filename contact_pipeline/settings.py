"""Environment → one frozen, validated object: folders, addresses of servers, secrets' places.

Read once at an edge (`load_settings`) and handed on; nothing else reads the environment. The rules of the data
(sources, thresholds, decay) are not here but in policy.py.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from contact_pipeline.core.errors import ConfigurationError
from contact_pipeline.core.origins import checked_origin

DNS_PORT = 53


PROVIDERS = (
    "zerobounce", "neverbounce", "emaillistverify", "briteverify", "hunter", "reacher", "emailage", "numverify",
    "fullcontact", "clearbit", "phantombuster",
)  # fmt: skip


@dataclass(frozen=True)
class ProviderAccess:
    """How one provider is reached. Empty parts were not set; repr shows no secret."""

    key: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)
    base_url: str = ""
    bulk_base_url: str = ""
    api_style: str = ""


@dataclass(frozen=True)
class Settings:
    """Where things are. Paths are absolute."""

    root: Path
    home: Path
    incoming: Path
    policy_path: Path
    key_file: Path
    ledger: Path
    database_url: str | None = field(default=None, repr=False)  # holds a password
    dns_server: tuple[str, int] | None = None
    providers: Mapping[str, ProviderAccess] = field(default_factory=dict)

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
        database_url=url,
        dns_server=_server("CONTACT_PIPELINE_DNS", env.get("CONTACT_PIPELINE_DNS")),
        providers={name: _access(name, env) for name in PROVIDERS} | {"twilio": _twilio(env)},
    )


def _is_postgresql(url: str) -> bool:
    try:
        urlsplit(url).port  # noqa: B018 - raises for what is no port
    except ValueError:
        return False
    return url.startswith(("postgresql://", "postgres://", "postgresql+psycopg://"))


def _access(name: str, env: Mapping[str, str]) -> ProviderAccess:
    prefix = name.upper()
    style = env.get(f"{prefix}_API_STYLE", "")
    if style and (name != "numverify" or style not in ("legacy", "marketplace")):
        raise ConfigurationError(f"{prefix}_API_STYLE is not legacy or marketplace")
    return ProviderAccess(
        key=env.get(f"{prefix}_API_KEY", ""),
        secret=env.get(f"{prefix}_API_SECRET", ""),
        base_url=_origin(f"{prefix}_BASE_URL", env),
        bulk_base_url=_origin(f"{prefix}_BULK_BASE_URL", env),
        api_style=style,
    )


def _twilio(env: Mapping[str, str]) -> ProviderAccess:
    """Twilio's own names, as its users know them."""
    return ProviderAccess(
        key=env.get("TWILIO_ACCOUNT_SID", ""), secret=env.get("TWILIO_AUTH_TOKEN", ""),
        base_url=_origin("TWILIO_BASE_URL", env),
    )  # fmt: skip


def _origin(name: str, env: Mapping[str, str]) -> str:
    """scheme://host[:port]; the path is the provider's own business."""
    return checked_origin(name, env[name]) if name in env else ""


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
