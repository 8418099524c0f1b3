"""One writing for all addresses of one mailbox. Pure. For recognising who opted out or was erased, never for sending.

A match by it restricts, so cutting too much costs a contact, and cutting too little loses somebody's word.
"""

import idna

# Gmail ignores dots, and googlemail.com is the same service (support.google.com/mail/answer/7436150).
_DOTLESS = {"gmail.com": "gmail.com", "googlemail.com": "gmail.com"}
# Yahoo's disposable addresses are base-keyword; its ids hold no hyphen (help.yahoo.com, "disposable addresses").
_HYPHENATED = ("yahoo.", "ymail.com", "rocketmail.com", "myyahoo.com")
# Fastmail delivers anything@user.fastmail.com to user@fastmail.com ("subdomain addressing").
_SUBDOMAINED = ("fastmail.com", "fastmail.fm")


def canonical_address(address: str) -> str:
    """address: as identity knows it (normalize_emails), or a wrong one as it was written. Returns the writing that all
    of one mailbox share: lower case, domain in A-labels (IDNA 2008), no sub-address (RFC 5233; `+` at every domain),
    no dots at Gmail. What is no address comes back in lower case."""
    local, at, domain = address.strip().lower().rpartition("@")
    if not at:
        return domain
    domain = _ascii(domain.rstrip("."))
    for service in _SUBDOMAINED:
        name = domain.removesuffix(f".{service}")
        if name != domain and "." not in name:
            local, domain = name, service
    local = _before(local, "+")
    if domain in _DOTLESS:
        local, domain = local.replace(".", "") or local, _DOTLESS[domain]
    elif domain.startswith(_HYPHENATED):
        local = _before(local, "-")
    return f"{local}@{domain}"


def _before(local: str, sign: str) -> str:
    """Without the sub-address; a local part that begins with the sign has none."""
    base, _, _ = local.partition(sign)
    return base or local


def _ascii(domain: str) -> str:
    if domain.isascii():
        return domain
    try:
        return idna.encode(domain, uts46=True).decode()
    except (idna.IDNAError, UnicodeError):
        return domain
