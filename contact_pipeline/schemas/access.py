"""Who did what, as readers see it: the audit, exports, erasures, opt-outs taken back, questions for stewards.

The DDL is sql/tables/260_who_sees_what.sql and sql/views/80_access.sql; a test holds both equal.
"""

from contact_pipeline.schemas.columns import Column, Table
from contact_pipeline.schemas.core import TIME

RULINGS = ("accepted", "rejected", "corrected")

_LOGIN = Column("login", "text", "Login of the session; nobody can name another.", personal=True)
_EXPORT = (
    Column("id", "bigint", "Number of the export.", nullable=False),
    Column("view_name", "text", "View of curated.", nullable=False),
    Column("format", "text", "Kind of file.", nullable=False, one_of=("csv", "parquet")),
    Column("destination", "text", "Where it went.", nullable=False, one_of=("file", "stdout")),
    Column("columns", "text[]", "Its columns.", nullable=False),
    Column("purposes", "text[]", "What for: as stated, else the purposes of the sources that had published.",
           nullable=False),
    Column("is_purpose_stated", "boolean", "The purpose was stated (--purpose).", nullable=False),
    Column("exported_by", "text", "Who exported.", personal=True, nullable=False),
    Column("login", "text", "Login of the session; nobody can name another.", personal=True, nullable=False),
    Column("started_at", TIME, "Written before the first byte went out, UTC.", nullable=False),
    Column("finished_at", TIME, "When it ended, UTC."),
    Column("outcome", "text", "How it ended; empty: at work, or killed, and nobody knows how far it came.",
           one_of=("complete", "failed")),
    Column("row_count", "bigint", "Rows that went out, also of one that failed.", at_least=0),
    Column("sha256", "text", "Hash of the bytes that went out.", pattern="^[0-9a-f]{64}$"),
)  # fmt: skip

EXPORTS = Table(
    "ops.exports",
    "Disclosures: one row for each `contact-pipeline export`, who took what, when and what for. Append-only.",
    _EXPORT,
)

_CHANGED_BY = Column("changed_by", "text", "Program or person that changed it.", personal=True, nullable=False)
AUDIT_TRAIL = Table(
    "curated.audit_trail",
    "Every change to a field of personal or permission data: who, when, what, from which source, why. Values only for "
    "`compliance`.",
    (
        Column("id", "bigint", "Number of the change.", nullable=False),
        Column("changed_at", TIME, "When, UTC; has an index.", nullable=False),
        _CHANGED_BY,
        _LOGIN,
        Column("contact_id", "uuid", "The contact's id for readers; empty: erased or gone."),
        Column("table_name", "text", "Table that changed.", nullable=False),
        Column("field", "text", "Column that changed; *: the row was deleted.", nullable=False),
        Column("source", "text", "Who said the new value: a drop's source, provider:NAME, person:NAME; empty: not "
               "known."),
        Column("reason", "text", "Stage, or why. What is no stage is masked but for compliance: people wrote it."),
        Column("run_id", "text", "Dagster run, where it was one."),
        Column("old_value", "text", "Value before; only for compliance.", personal=True),
        Column("new_value", "text", "Value after; only for compliance.", personal=True),
    ),
)  # fmt: skip
CURATED_EXPORTS = Table("curated.exports", "Who exported what, when and what for. Names nobody who was in it.", _EXPORT)
CURATED_ERASURES = Table(
    "curated.erasures",
    "Erasures and their proof. The certificate is for `compliance`.",
    (
        Column("id", "uuid", "Number of the erasure, as in the ledger outside the database.", nullable=False),
        Column("request", "text", "File number of the request; empty: retention had ended."),
        Column("reason", "text", "Why.", nullable=False, one_of=("request", "retention")),
        Column("began_at", TIME, "When it began, UTC.", nullable=False),
        Column("erased_at", TIME, "When tables and files were clean."),
        Column("scanned_at", TIME, "When everything had been searched."),
        Column("scrubbed_at", TIME, "When dead rows and write-ahead log were gone, too."),
        Column("findings", "bigint", "What the search found.", at_least=0),
        Column("certificate", "jsonb", "What was searched, and what was not; only for compliance."),
    ),
)
CURATED_RETRACTIONS = Table(
    "curated.retractions",
    "Opt-outs that were written down by mistake and taken back: by whom and why. Names nobody.",
    (
        Column("id", "bigint", "Its number.", nullable=False),
        Column("channel", "text", "Channel.", nullable=False),
        Column("reason", "text", "Why the channel had been closed.", nullable=False),
        Column("source", "text", "Who had said so.", nullable=False),
        Column("said_at", TIME, "When that had been.", nullable=False),
        Column("retracted_at", TIME, "When it was taken back.", nullable=False),
        Column("retracted_by", "text", "By whom.", personal=True, nullable=False),
        Column("login", "text", "Login of the session.", personal=True, nullable=False),
        Column("because", "text", "Why; masked but for compliance.", nullable=False),
    ),
)
CURATED_REVIEWS = Table(
    "curated.reviews",
    "Questions that only a person can decide, and what stewards have ruled (curated.decide_review, "
    "curated.correct_contact) and what became of it.",
    (
        Column("id", "bigint", "Number of the review.", nullable=False),
        Column("kind", "text", "What is asked; correction: a steward's own word.", nullable=False),
        Column("contact_id", "uuid", "The contact it is about."),
        Column("other_contact_id", "uuid", "The other contact, where it is about two."),
        Column("field_name", "text", "The field it is about."),
        Column("drop_key", "text", "The drop that brought it up."),
        Column("opened_at", TIME, "When it arose, UTC.", nullable=False),
        Column("details", "jsonb", "The values that speak against each other; only for pii_reader.", personal=True),
        Column("ruling", "text", "What a steward has ruled; of an open one: waits to be carried out.",
               one_of=RULINGS),
        Column("ruled_by", "text", "Login of the steward.", personal=True),
        Column("ruled_at", TIME, "When that was."),
        Column("refusal", "text", "Why the last ruling could not be carried out; no value."),
        Column("closed_at", TIME, "When it was decided; empty: open."),
        Column("closed_by", "text", "By whom.", personal=True),
        Column("decision", "text", "What was decided."),
        Column("reason", "text", "Why; masked but for pii_reader."),
    ),
)  # fmt: skip

ACCESS_TABLES = (EXPORTS,)
ACCESS_VIEWS = (AUDIT_TRAIL, CURATED_EXPORTS, CURATED_ERASURES, CURATED_RETRACTIONS, CURATED_REVIEWS)
