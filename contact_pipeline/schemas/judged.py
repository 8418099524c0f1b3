"""What the e-mail and phone rooms hand on: one verdict for each address or number that was due."""

from contact_pipeline.core.verdicts import EmailStatus, EmailSubStatus, PhoneStatus, PhoneSubStatus, PhoneType
from contact_pipeline.schemas.columns import Column, Table
from contact_pipeline.schemas.landed import LONGEST_TEXT

_EMAIL_STATUSES = tuple(map(str, EmailStatus))
_EMAIL_SUB_STATUSES = tuple(map(str, EmailSubStatus))

JUDGED_EMAILS = Table(
    "judged_emails",
    "Every layer's answer for one address, and the verdict they combine to.",
    (
        Column("syntax_status", "text", "Answer of the syntax layer.", nullable=False, one_of=_EMAIL_STATUSES),
        Column("syntax_sub_status", "text", "Why.", one_of=_EMAIL_SUB_STATUSES),
        Column("domain_status", "text", "Answer of the domain layer; empty: not asked.", one_of=_EMAIL_STATUSES),
        Column("domain_sub_status", "text", "Why.", one_of=_EMAIL_SUB_STATUSES),
        Column("status", "text", "Combined verdict.", nullable=False, one_of=_EMAIL_STATUSES),
        Column("sub_status", "text", "Why.", one_of=_EMAIL_SUB_STATUSES),
        Column("is_role", "boolean", "A function, not a person (RFC 2142 and usual ones)."),
        Column("is_disposable", "boolean", "Domain of a throw-away service."),
        Column("is_free", "boolean", "Domain of a large public provider."),
        Column("is_catch_all", "boolean", "The domain accepts any local part; empty: nobody asked."),
        Column("typo_suggestion", "text", "A hint, never applied.", personal=True),
        Column("deliverability_score", "smallint", "0-100, where a layer justifies one.", at_least=0, at_most=100),
        Column(
            "mailbox_status", "text", "Answer of a mailbox provider; empty: nobody was asked.", one_of=_EMAIL_STATUSES
        ),
        Column("mailbox_sub_status", "text", "Why.", one_of=_EMAIL_SUB_STATUSES),
    ),
)

JUDGED_PHONES = Table(
    "judged_phones",
    "What the numbering plans say about one number.",
    (
        Column("phone_e164", "text", "The number in E.164.", personal=True, pattern=r"^\+[1-9][0-9]{1,14}$"),
        Column("extension", "text", "Extension, kept apart.", personal=True),
        Column("country", "text", "ISO 3166-1 alpha-2 of the number.", pattern="^[A-Z]{2}$"),
        Column("phone_type", "text", "Line type.", one_of=tuple(map(str, PhoneType))),
        Column("status", "text", "Verdict.", nullable=False, one_of=tuple(map(str, PhoneStatus))),
        Column("sub_status", "text", "Why.", one_of=tuple(map(str, PhoneSubStatus))),
    ),
)

DERIVED_PROFILES = Table(
    "derived_profiles",
    "What follows from other facts of one contact; only for fields that are empty.",
    (
        Column("given_name", "text", "First of two plain words of the name.", personal=True, longest=LONGEST_TEXT),
        Column("family_name", "text", "Second of two plain words of the name.", personal=True, longest=LONGEST_TEXT),
        Column(
            "company_domain",
            "text",
            "Domain of an address that is not a public provider's.",
            pattern=r"^[^\s@]+\.[^\s@]+$",
        ),
        Column("country", "text", "ISO 3166-1 alpha-2 of a valid number.", pattern="^[A-Z]{2}$"),
    ),
)
