"""What the law on electronic marketing wants in a country besides a ground of the GDPR. Facts only; SQL decides.

A country that is not here, or not known, wants prior consent for both channels. The rules are those for a message to
somebody with whom there was no sale: an existing customer is the soft opt-in of ePrivacy Directive 2002/58/EC Art.
13(2), which the policy author vouches for (docs/privacy.md). Laws change: whoever relies on a line reads it again.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class MarketingRule:
    """One country's rules.

    country: ISO 3166-1 alpha-2. email: opt_out (may be sent until the person objects), b2b (so to an address at a
    company's own domain, else prior consent). phone: landline (may be called by hand on a landline, else prior
    consent).
    """

    country: str
    email: Literal["opt_out", "b2b", "prior_consent"]
    phone: Literal["opt_out", "b2b", "landline", "prior_consent"]
    law: str


MARKETING_RULES = (
    MarketingRule(
        "FI", "b2b", "prior_consent",
        "Act on Electronic Communications Services 917/2014 s. 200 and 202: consent of natural persons; a message about"
        " the recipient's work needs none",
    ),
    MarketingRule(
        "FR", "b2b", "prior_consent",
        "Code des postes et des communications electroniques Art. L34-5, CNIL: business addresses, about the"
        " recipient's work; calls: Law 2025-594 wants consent",
    ),
    MarketingRule(
        "GB", "b2b", "prior_consent",
        "PECR 2003 reg. 22: individual subscribers only; calls: reg. 21, and nobody here screens against the TPS",
    ),
    MarketingRule(
        "IE", "b2b", "prior_consent", "S.I. 336/2011 reg. 13: individuals; calls: nobody here screens against the NDD"
    ),
    MarketingRule(
        "US", "opt_out", "landline",
        "CAN-SPAM Act, 15 U.S.C. 7704; calls: TCPA, 47 U.S.C. 227(b)(1)(A): wireless numbers need prior express"
        " consent",
    ),
)  # fmt: skip
