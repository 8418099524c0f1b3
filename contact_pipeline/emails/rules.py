"""What the e-mail room may be told by the policy, and the version of everything it judges by.

Refuses to know the policy file: the caller hands in the two switches that exist for labs.
"""

from dataclasses import dataclass
from importlib.metadata import version

# Our own rules (roles, providers, look-alikes, algebra). Raise it when any of them changes a verdict.
OWN_RULES = 2

# A verdict is due again when any of these moves (idna carries the Unicode tables of the domain rules).
RULES_VERSION = (
    f"emails-{OWN_RULES}"
    f" email-validator-{version('email-validator')}"
    f" idna-{version('idna')}"
    f" disposable-email-domains-{version('disposable-email-domains')}"
)


@dataclass(frozen=True)
class EmailRules:
    """Switches for labs, both off in earnest.

    allow_private_addresses: mail hosts on private, loopback or reserved addresses count as mail hosts.
    allow_special_use_domains: all of email_validator.SPECIAL_USE_DOMAIN_NAMES are ordinary domains; a dot is still
    asked for.
    """

    allow_private_addresses: bool = False
    allow_special_use_domains: bool = False
