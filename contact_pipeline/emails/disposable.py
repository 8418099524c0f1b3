"""Whether a domain hands out throw-away mailboxes, by the maintained list disposable-email-domains (CC0)."""

from disposable_email_domains import allowlist, blocklist


def is_disposable_domain(domain: str) -> bool:
    """domain: A-labels, lower case. A subdomain of a listed domain counts too, unless the list allows it."""
    name = domain
    while "." in name:
        if name in allowlist:
            return False
        if name in blocklist:
            return True
        name = name.partition(".")[2]
    return False
