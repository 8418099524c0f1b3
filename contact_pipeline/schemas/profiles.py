"""The tables of what providers say of people and companies, and what came of it.

The DDL is adapters/postgres/sql/tables/70_profiles.sql and sql/views/40_profiles.sql; a test compares both.
"""

from contact_pipeline.schemas.columns import Column, Table
from contact_pipeline.schemas.core import TIME

VERDICTS = ("yes", "no", "unknown")

_CONTACT = Column("contact_id", "bigint", "The contact.", nullable=False)
_FIELD = Column("field_name", "text", "Column of core.contacts.", nullable=False)
_COMPANY = (
    Column("domain", "text", "The company's domain (A-labels).", nullable=False),
    Column("name", "text", "Its name."),
    Column("industry", "text", "Its industry, in the provider's words."),
    Column("employees", "integer", "Head count; the lower end where only a range is known.", at_least=0),
    Column("employee_range", "text", "The range, as the provider gives it."),
    Column("founded_year", "integer", "Year of its founding."),
    Column("location", "text", "Where it sits."),
    Column("country", "text", "ISO 3166-1 alpha-2."),
    Column("linkedin_url", "text", "Its page."),
    Column("data_source", "text", "Who said so last.", nullable=False),
    Column("verified_at", TIME, "When, UTC.", nullable=False),
)

PROVIDER_ANSWERS = Table(
    "core.provider_answers",
    "What providers said of people and companies, whole, in our words; screened before it is stored. Not obtained from "
    "the person (GDPR Art. 14). Apart from ops.provider_calls, which names nobody.",
    (
        Column("call_id", "bigint", "The call in ops.provider_calls.", nullable=False),
        Column("subject_key", "bytea", "Keyed hash of the question.", personal=True, nullable=False),
        Column("layer", "text", "What was asked about.", nullable=False),
        Column("provider", "text", "Who was asked.", nullable=False),
        Column("facts", "jsonb", "The answer; empty: it looked, and found nothing.", personal=True),
        Column("answered_at", TIME, "When, UTC.", nullable=False),
    ),
)
PROFILE_QUESTIONS = Table(
    "core.profile_questions",
    "By which keys somebody was asked about: when the contact goes, the answers go with it.",
    (
        _CONTACT,
        Column("subject_key", "bytea", "Keyed hash of the question.", personal=True, nullable=False),
    ),
)
COMPANIES = Table("core.companies", "Companies, by domain, as providers describe them.", _COMPANY)
PROFILE_CLAIMS = Table(
    "core.profile_claims",
    "The latest word of each provider, and of each of our own people, about a field: the winner's, and what lost. A "
    "provider's is not obtained from the person (GDPR Art. 14).",
    (
        _CONTACT,
        _FIELD,
        Column("data_source", "text", "provider:<name> or person:<login>.", nullable=False),
        Column("value", "text", "Value claimed.", personal=True, nullable=False),
        Column("confidence_score", "numeric(3,2)", "0-1.", nullable=False, at_least=0, at_most=1),
        Column("claimed_at", TIME, "When, UTC.", nullable=False),
    ),
)
IDENTITY_CHECKS = Table(
    "core.identity_checks",
    "Is the contact a real person as written? Seven questions; what nobody reports is unknown, never no.",
    (
        _CONTACT,
        Column("check_name", "text", "The question.", nullable=False),
        Column("verdict", "text", "Its answer.", nullable=False, one_of=VERDICTS),
        Column("source", "text", "Who said so last."),
        Column("checked_at", TIME, "When, UTC."),
        Column("number", "integer", "Sources that agree, or pages that show the address."),
    ),
)
FIELD_AGREEMENT = Table(
    "core.field_agreement",
    "How many of those who say something of a field mean the value that the contact has.",
    (
        _CONTACT,
        _FIELD,
        Column("sources", "integer", "Who says something.", nullable=False, at_least=1),
        Column("agreeing", "integer", "Who means the same.", nullable=False, at_least=0),
        Column("checked_at", TIME, "When this changed last, UTC.", nullable=False),
    ),
)
KEY_FIELDS = Table(
    "core.key_fields",
    "The fields that define completeness (policy, enrichment.key_fields), copied at every start.",
    (Column("field", "text", "Column of core.contacts.", nullable=False),),
)
ENRICHMENT_RUNS = Table(
    "ops.enrichment_runs",
    "What enriching cost and gave, a row for each drop that held somebody to ask about.",
    (
        Column("id", "bigint", "Row number, given by the database.", nullable=False),
        Column("drop_key", "text", "The drop.", nullable=False),
        Column("run_id", "text", "The Dagster run; empty: the command line."),
        Column("started_at", TIME, "When, UTC.", nullable=False),
        Column("contacts", "bigint", "Contacts that were due.", nullable=False),
        Column("asked", "bigint", "Questions sent.", nullable=False),
        Column("found", "bigint", "Fields filled or changed.", nullable=False),
        Column("refused", "bigint", "Answers, or parts of them, that were not kept.", nullable=False),
        Column("cost", "numeric(12,6)", "US dollars.", nullable=False),
        Column("completeness_before", "double precision", "Share of key fields that the drop's contacts had."),
        Column("completeness_after", "double precision", "The same afterwards."),
        Column("by_provider", "jsonb", "Asked, answered and failed, by provider.", nullable=False),
        Column("by_field", "jsonb", "Filled or changed, by field.", nullable=False),
    ),
)
ENRICHMENT_DAYS = Table(
    "ops.enrichment_days",
    "What asking about people and companies has cost on each day, raised before a call is made.",
    (
        Column("day", "date", "Day (UTC).", nullable=False),
        Column("spent", "numeric(14,6)", "US dollars, without what was not billed.", nullable=False),
    ),
)

IDENTITY_CONFIRMATION = Table(
    "curated.identity_confirmation",
    "How sure we are of each published contact; of whom nobody was asked, every answer is unknown.",
    (
        Column("contact_id", "uuid", "The contact's id for readers (core.contacts.public_id).", nullable=False),
        Column(
            "identity_confidence", "numeric(3,2)", "0-1: weights of the yes less those of the no (docs/enrichment.md).",
            at_least=0, at_most=1,
        ),
        Column("identity_verified_at", TIME, "When it was last looked at, UTC."),
        *(
            Column(name, "text", meaning, one_of=VERDICTS)
            for name, meaning in (
                ("profile_exists", "A public profile exists."),
                ("name_matches", "The sources name the person as we do."),
                ("title_matches", "And give the same title."),
                ("company_matches", "And the company that our list names."),
                ("photo_exists", "The profile has a photo."),
                ("active_90_days", "Seen active within 90 days."),
                ("email_seen", "A provider that did not give it to us knows the address."),
            )
        ),
        Column("email_sources", "integer", "How many do."),
        Column("evidence", "jsonb", "For each question who said so last, and when."),
        Column("agreement", "jsonb", "For each field how many sources speak of it, and how many agree."),
        Column("agreement_share", "double precision", "Over fields of several sources: share that agrees."),
    ),
)  # fmt: skip
CURATED_COMPANIES = Table("curated.companies", "Companies, by domain, as providers describe them.", _COMPANY)

PROFILE_TABLES = (
    PROVIDER_ANSWERS, PROFILE_QUESTIONS, COMPANIES, PROFILE_CLAIMS, IDENTITY_CHECKS, FIELD_AGREEMENT, KEY_FIELDS,
    ENRICHMENT_RUNS, ENRICHMENT_DAYS,
)  # fmt: skip
