"""Addresses: normal form, domain verdicts from facts of DNS, flags, and the one function that combines findings.

Pure: no DNS, no database, no Dagster. adapters/dns.py answers `MailHostResolver`.
"""

from contact_pipeline.emails.algebra import combine
from contact_pipeline.emails.domain import DomainVerdict, is_public_address, judge_domain
from contact_pipeline.emails.judge import judge_emails
from contact_pipeline.emails.ports import LookupFault, MailHost, MailHostResolver, MailHosts
from contact_pipeline.emails.rules import RULES_VERSION, EmailRules
from contact_pipeline.emails.syntax import normalize_emails

__all__ = [
    "RULES_VERSION",
    "DomainVerdict",
    "EmailRules",
    "LookupFault",
    "MailHost",
    "MailHostResolver",
    "MailHosts",
    "combine",
    "is_public_address",
    "judge_domain",
    "judge_emails",
    "normalize_emails",
]
