"""Tables about what people asked of us and the proof that it was done. The DDL is sql/tables/90_rights.sql."""

from contact_pipeline.schemas.columns import Column, Table
from contact_pipeline.schemas.core import TIME

REQUEST_KINDS = ("access", "export", "rectify", "restrict", "erase", "object")
REQUEST_STATES = ("open", "done", "refused")

SUBJECT_REQUESTS = Table(
    "ops.subject_requests",
    "What people asked of us: to see, take, correct, freeze or erase what we have, or be left alone (GDPR Art. 15-21). "
    "Due in a month (Art. 12(3)); whoever asked is known by a keyed hash.",
    (
        Column("id", "bigint", "Number of the request; what jobs are given.", nullable=False),
        Column("reference", "text", "Our file number. Holds no @, so no address.", nullable=False,
               pattern=r"^[A-Za-z0-9._/-]{1,60}$"),
        Column("kind", "text", "Which right.", nullable=False, one_of=REQUEST_KINDS),
        Column("subject_key", "bytea", "Keyed hash of the address or number it came with.", personal=True),
        Column("channel", "text", "What that was.", one_of=("email", "phone")),
        Column("contact_id", "bigint", "The contact, where it was named or found."),
        Column("contact_ids", "bigint[]", "The contacts that it meant when it was served."),
        Column("received_at", TIME, "When it reached us.", nullable=False),
        Column("due_at", TIME, "When it has to be answered: a month later.", nullable=False),
        Column("extended_until", TIME, "Longer, by up to two months (Art. 12(3)); needs a reason."),
        Column("extension_reason", "text", "Why; the person was told."),
        Column("identity_check", "text", "How we know that it is the person (Art. 12(6))."),
        Column("details", "jsonb", "What is to be corrected; emptied when done.", personal=True),
        Column("state", "text", "Where it stands.", nullable=False, one_of=REQUEST_STATES),
        Column("outcome", "text", "What was done, or why not: words and counts, no value."),
        Column("recorded_by", "text", "Who wrote it down.", personal=True, nullable=False),
        Column("recorded_at", TIME, "When it was written down.", nullable=False),
        Column("closed_at", TIME, "When it was done or refused."),
        Column("closed_by", "text", "By whom.", personal=True),
        Column("job_token_hash", "bytea", "Hash of the token that its identity check handed out for a job."),
        Column("job_token_until", TIME, "Until when a job may begin with it."),
        Column("job_token_run", "text", "The Dagster run that used it."),
    ),
)  # fmt: skip
ERASURES = Table(
    "ops.erasures",
    "One row for each erasure with its certificate: what was searched afterwards, how much of it, and what was found.",
    (
        Column("id", "uuid", "Number of the erasure, as in the ledger outside the database.", nullable=False),
        Column("request_id", "bigint", "The request it answers; empty: retention had ended."),
        Column("reason", "text", "Why.", nullable=False, one_of=("request", "retention")),
        Column("began_at", TIME, "When the ledger was written, before the first deletion.", nullable=False),
        Column("erased_at", TIME, "When tables and files were clean."),
        Column("scanned_at", TIME, "When everything had been searched for the person's values."),
        Column("scrubbed_at", TIME, "When dead rows, statistics and write-ahead log were gone, too."),
        Column("findings", "bigint", "What the search found; anything but 0 is an alert."),
        Column("certificate", "jsonb", "What was searched, in rows and bytes, and what was not. Names nobody."),
    ),
)
ERASED_KEYS = Table(
    "core.erased_keys",
    "Keyed hashes of erased people, by which a row that brings one back is recognised and not kept.",
    (
        Column("subject_key", "bytea", "Keyed hash of an address, number, profile or record id.", personal=True,
               nullable=False),
        Column("erased_at", TIME, "When that was.", nullable=False),
    ),
)  # fmt: skip
RETENTION_NOTICES = Table(
    "core.retention_notices",
    "Contacts whose last ground has ended, and since when that is announced: the warning period counts from here.",
    (
        Column("contact_id", "bigint", "The contact (core.contacts.id).", nullable=False),
        Column("noticed_at", TIME, "When it was first listed.", nullable=False),
    ),
)
LEDGER_FILES = Table(
    "ops.ledger_files",
    "How far the database has taken in each file of the ledger outside of it. A restored database has the marks of its "
    "backup; the next start reads what came after them.",
    (
        Column("file", "text", "Name of the file.", nullable=False),
        Column("read_to", "bigint", "Bytes that were read.", nullable=False, at_least=0),
    ),
)
AWAITED_RESTRICTIONS = Table(
    "core.awaited_restrictions",
    "Restrictions of people whom a restored database does not know; a drop that brings one back is frozen with it.",
    (
        Column("subject_key", "bytea", "Keyed hash of an address or number.", personal=True, nullable=False),
        Column("channel", "text", "What that was.", nullable=False, one_of=("email", "phone")),
        Column("restricted_at", TIME, "When the person was restricted.", nullable=False),
    ),
)

RIGHTS_TABLES = (
    SUBJECT_REQUESTS, ERASURES, ERASED_KEYS, RETENTION_NOTICES, LEDGER_FILES, AWAITED_RESTRICTIONS,
)  # fmt: skip
