"""The tables of `raw`, `audit` and `ops`: what arrived, what changed, and what the pipeline remembers of its own work.

The DDL is adapters/postgres/sql/tables/{10_raw,30_ops,40_audit}.sql; a test compares both.
"""

from contact_pipeline.schemas.columns import Column, Table
from contact_pipeline.schemas.core import TIME
from contact_pipeline.schemas.landed import LANDED_ROWS, QUARANTINED_ROWS

COUNTS = "Numbers by rule, never values."

DROPS = Table(
    "raw.drops",
    "One row for each file that was dropped: what it is, what became of its rows, whether it is held or published. "
    "Once applied, rows_in = rows_loaded + rows_merged + rows_quarantined + rows_erased.",
    (
        Column(
            "key",
            "text",
            "Landing day (UTC), source and start of the hash.",
            nullable=False,
            pattern="^[a-z0-9_-]{1,64}$",
        ),
        Column("source", "text", "Source that the policy knows it by.", nullable=False, pattern="^[a-z0-9_-]{1,40}$"),
        Column(
            "sha256", "text", "Hash of the file; unique within the source.", nullable=False, pattern="^[0-9a-f]{64}$"
        ),
        Column("sequence", "bigint", "Order of landing.", nullable=False),
        Column("file_bytes", "bigint", "Size in bytes.", nullable=False),
        Column("file_name", "text", "Name as dropped; shown nowhere else.", personal=True, nullable=False),
        Column("archived_as", "text", "Name in the archive.", nullable=False),
        Column(
            "kind",
            "text",
            "Lists people, or only who must not be contacted, or what was sent to whom.",
            one_of=("contacts", "suppressions", "touches"),
        ),
        Column("format", "text", "Known export format; empty: none that we know."),
        Column("encoding", "text", "Text encoding that was found."),
        Column("delimiter", "text", "Column separator that was found."),
        Column(
            "unknown_headers",
            "text[]",
            "Headers that no field was found for; their cells are in extra.",
            nullable=False,
        ),
        Column("ignored_headers", "text[]", "Headers whose cells are not stored (data minimisation).", nullable=False),
        Column("rows_in", "bigint", "Records after the header; empty until landed."),
        Column("rows_loaded", "bigint", "Rows that created a contact, or a suppression.", nullable=False),
        Column("rows_merged", "bigint", "Rows that found an existing contact.", nullable=False),
        Column("rows_quarantined", "bigint", "Rows that cannot be used (raw.quarantined_rows).", nullable=False),
        Column("blank_lines", "bigint", "Lines without content, no records.", nullable=False),
        Column("preamble_lines", "bigint", "Lines above the header, no records.", nullable=False),
        Column("footer_lines", "bigint", "Lines below the last record, no records.", nullable=False),
        Column("repairs", "jsonb", "Repaired and refused cells, counted by rule.", nullable=False),
        Column("landed_at", TIME, "When it arrived, UTC.", nullable=False),
        Column(
            "held_reason",
            "text",
            "Why the gate holds it, or the stage that failed for good; only its opt-outs have been applied since. "
            "Empty: not held.",
        ),
        Column("approved_at", TIME, "When a person let it pass the gate."),
        Column("approved_by", "text", "Who let it pass.", personal=True),
        Column("approved_reason", "text", "Why, in that person's words."),
        Column("applied_at", TIME, "When its rows became contacts."),
        Column("published_at", TIME, "When all stages were done and its contacts became visible in curated."),
        Column("rows_erased", "bigint", "Rows of people who were erased; nothing of them is left.", nullable=False),
        Column("rewritten_at", TIME, "When rows of erased people left the archived file. Empty: it is as dropped."),
        Column(
            "columns",
            "jsonb",
            "Per column: header, the field it was taken for, how sure (exact, stem, content, unknown).",
            nullable=False,
        ),
        Column(
            "rolled_back_at",
            TIME,
            "When its claims were withdrawn: it counts for nothing, and whom it alone brought is in no curated view.",
        ),
        Column("rolled_back_by", "text", "Id of the rollback (ops.rollbacks)."),
    ),
)

# What the database adds to the rows that the drops room hands on.
STORED_ROWS = Table(
    LANDED_ROWS.name,
    LANDED_ROWS.meaning,
    (
        *LANDED_ROWS.columns,
        Column("email_normalized", "text", "First e-mail in the spelling that identity uses.", personal=True),
    ),
)
STORED_QUARANTINE = Table(
    QUARANTINED_ROWS.name,
    QUARANTINED_ROWS.meaning,
    (
        *QUARANTINED_ROWS.columns[:2],
        Column("stage", "text", "Stage that refused it.", nullable=False),
        *QUARANTINED_ROWS.columns[2:],
        Column("created_at", TIME, "When it was refused, UTC.", nullable=False),
    ),
)

SUBJECT_KEY = Table(
    "ops.subject_key",
    "Which key file made the keyed hashes of this database; the program refuses to start with another.",
    (
        Column("only_row", "boolean", "Always true: there is one row.", nullable=False),
        Column("fingerprint", "text", "Fingerprint of the key; the key itself is never stored here.", nullable=False),
        Column("created_at", TIME, "When the key was first used, UTC.", nullable=False),
    ),
)

DOMAINS = Table(
    "ops.domains",
    "What DNS says of mail domains, asked once for all addresses and remembered until expires_at.",
    (
        Column("domain", "text", "Domain in lower case.", nullable=False),
        Column("verdict", "text", "Whether it can take mail.", nullable=False, one_of=("valid", "invalid", "unknown")),
        Column("reason", "text", "Why, in the words of email_sub_status."),
        Column("checked_at", TIME, "When it was asked, UTC.", nullable=False),
        Column("expires_at", TIME, "When it is asked again, UTC.", nullable=False),
        Column("mail_host_family", "text", "Whose servers take its mail, as DNS said: google, microsoft …, other."),
    ),
)

STAGE_RUNS = Table(
    "ops.stage_runs",
    "The latest finished run of each stage for each drop. Same input and same rules: nothing to do.",
    (
        Column("drop_key", "text", "The drop.", nullable=False),
        Column("stage", "text", "Asset that ran.", nullable=False),
        Column("input_hash", "text", "Hash of what it read.", nullable=False),
        Column("rules", "text", "Version of the rules it used.", nullable=False),
        Column("row_count", "bigint", "Rows it dealt with.", nullable=False),
        Column("counts", "jsonb", COUNTS, nullable=False),
        Column("seconds", "double precision", "Duration in seconds.", nullable=False),
        Column("run_id", "text", "Dagster run, where it was one."),
        Column("as_of", TIME, "The pipeline's clock when the run began."),
        Column("finished_at", TIME, "When it finished, UTC.", nullable=False),
    ),
)

REVIEWS = Table(
    "ops.reviews",
    "Questions about identity that only a person can decide.",
    (
        Column("id", "bigint", "Row number, given by the database.", nullable=False),
        Column(
            "kind",
            "text",
            "identity_conflict, field_disagreement, unknown_basis, unknown_status, unread_retention, erasure_request,"
            " spot_check or correction (a steward's own word).",
            nullable=False,
        ),
        Column("contact_id", "bigint", "Contact that got the row."),
        Column("other_contact_id", "bigint", "The other contact."),
        Column("drop_key", "text", "The drop."),
        Column("row_number", "bigint", "Row within the drop."),
        Column("opened_at", TIME, "When the question arose, UTC.", nullable=False),
        Column("closed_at", TIME, "When it was decided; empty: open."),
        Column("closed_by", "text", "Who decided.", personal=True),
        Column("decision", "text", "What was decided."),
        Column("field_name", "text", "The field it is about."),
        Column("details", "jsonb", "The values that speak against each other, and who says so.", personal=True),
        Column("reason", "text", "Why it was decided so."),
        Column(
            "ruling",
            "text",
            "What a steward has ruled; of an open review it waits to be carried out.",
            one_of=("accepted", "rejected", "corrected"),
        ),
        Column("ruled_field", "text", "The field that was corrected."),
        Column("ruled_value", "text", "What the steward says is true; emptied when it is done.", personal=True),
        Column("ruled_by", "text", "Login of the steward.", personal=True),
        Column("ruled_at", TIME, "When it was ruled."),
        Column("refusal", "text", "Why the last ruling could not be carried out; no value."),
    ),
)

DATA_QUALITY_DAYS = Table(
    "ops.data_quality_days",
    "The figures behind curated.data_quality as they stood on each day.",
    (
        Column("day", "date", "Day (UTC).", nullable=False),
        Column("figures", "jsonb", COUNTS, nullable=False),
        Column("measured_at", TIME, "When they were last taken, UTC.", nullable=False),
    ),
)

RAW_TABLES = (DROPS, STORED_ROWS, STORED_QUARANTINE)
PERMISSION_SYNC = Table(
    "ops.permission_sync",
    "When the permissions of all contacts were last decided anew: daily, when the policy changes, or when asked.",
    (
        Column("only_row", "boolean", "Always true: there is one row.", nullable=False),
        Column("policy", "text", "Hash of the policy they were decided by.", nullable=False),
        Column("decided_on", "date", "Day (UTC) of the last full decision."),
        Column("is_asked", "boolean", "A change by hand asks for the next one.", nullable=False),
    ),
)

OPS_TABLES = (SUBJECT_KEY, DOMAINS, STAGE_RUNS, REVIEWS, DATA_QUALITY_DAYS, PERMISSION_SYNC)
