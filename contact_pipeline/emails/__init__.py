"""Addresses: normal form, domain verdicts from facts of DNS, flags, and the one function that combines findings.

Pure: no DNS, no database, no Dagster. adapters/dns.py answers `MailHostResolver`.
"""

from contact_pipeline.emails.algebra import combine
from contact_pipeline.emails.canonical import canonical_address
from contact_pipeline.emails.domain import DomainVerdict, is_public_address, judge_domain
from contact_pipeline.emails.judge import judge_emails
from contact_pipeline.emails.ports import (
    ActivityAnswer,
    LookupFault,
    MailboxAnswer,
    MailHost,
    MailHostResolver,
    MailHosts,
)
from contact_pipeline.emails.roles import is_role_address
from contact_pipeline.emails.rules import RULES_VERSION, EmailRules
from contact_pipeline.emails.smtp_replies import SmtpFinding, asks_for_one_recipient, judge_rcpt, judge_session
from contact_pipeline.emails.syntax import normalize_emails

__all__ = [
    "RULES_VERSION",
    "ActivityAnswer",
    "DomainVerdict",
    "EmailRules",
    "LookupFault",
    "MailHost",
    "MailHostResolver",
    "MailHosts",
    "MailboxAnswer",
    "SmtpFinding",
    "asks_for_one_recipient",
    "canonical_address",
    "combine",
    "is_public_address",
    "is_role_address",
    "judge_domain",
    "judge_emails",
    "judge_rcpt",
    "judge_session",
    "normalize_emails",
]
