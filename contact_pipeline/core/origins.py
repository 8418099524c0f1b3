"""The address of a service that is asked over HTTP: scheme://host[:port]. One rule for every URL the program is given.

Keys, addresses and numbers travel in what is sent there, so it goes encrypted (GDPR Art. 32(1)(a)); in the clear only
to this machine itself, where a simulator or a service of one's own may run.
"""

from ipaddress import ip_address
from urllib.parse import urlsplit

from contact_pipeline.core.errors import ConfigurationError


def checked_origin(name: str, text: str) -> str:
    """The origin as given, without a slash at its end. name: what is called so, a variable or key.

    Raises ConfigurationError, which does not quote the text: somebody may have written a password into it.
    """
    origin = text.rstrip("/")
    try:
        parts = urlsplit(origin)
        host, has_port = parts.hostname or "", parts.port != 0
    except ValueError:  # no port, no IPv6 address
        parts, host, has_port = urlsplit(""), "", False
    is_bare = origin.lower() == f"{parts.scheme}://{parts.netloc}".lower() and "@" not in parts.netloc
    if not (host and has_port and is_bare) or parts.netloc.endswith(":") or not _is_plain(parts.netloc):
        raise ConfigurationError(f"{name} must be scheme://host[:port], without a path, a user or anything else.")
    if parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host)):
        return origin
    raise ConfigurationError(
        f"{name} must begin with https://: keys and personal data would travel in the clear. http:// is for this "
        "machine only (localhost, 127.0.0.1, [::1]); before a service elsewhere put a proxy with TLS, or an SSH tunnel."
    )


def is_loopback(host: str) -> bool:
    """Whether a name or address is this machine by itself, without asking anybody (RFC 6761 6.3; 127.0.0.0/8; ::1)."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _is_plain(netloc: str) -> bool:
    return netloc.isascii() and netloc.isprintable() and not set(netloc) & set(" \\%\"'<>^`{|}")
