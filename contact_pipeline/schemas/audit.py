"""What was changed, by whom and why, and what was taken back."""

from contact_pipeline.schemas.columns import Column, Table
from contact_pipeline.schemas.core import CONTACT_SOURCES, TIME

CHANGES = Table(
    "audit.changes",
    "Every change of a personal or permitting field, by whatever hand: one row for each field, written by triggers. "
    "Which columns are not audited, and why, is said in schemas/unaudited.py. Not here: first values "
    "(core.contact_sources and the drop have them).",
    (
        Column("id", "bigint", "Row number, given by the database.", nullable=False),
        Column("contact_id", "bigint", "The contact; it may be gone. Empty: about no contact (a source, a drop)."),
        Column("table_name", "text", "Table that changed.", nullable=False),
        Column(
            "field", "text", "Column that changed; *: the row was deleted, its values are not kept.", nullable=False
        ),
        Column("old_value", "text", "Value before.", personal=True),
        Column("new_value", "text", "Value after.", personal=True),
        Column("changed_by", "text", "Program or login that changed it.", personal=True, nullable=False),
        Column("changed_at", TIME, "When, UTC.", nullable=False),
        Column("reason", "text", "Stage or reason; of plain SQL it says that none was given.", nullable=False),
        Column("run_id", "text", "Dagster run, where it was one."),
        Column("row_key", "text", "Key of the row, its parts parted by /; empty for core.contacts: the contact is it."),
        Column("version", "integer", "Version of the contact that the change made; empty for other tables."),
        Column(
            "login",
            "text",
            "Login of the session; nobody can name another. Empty: not kept then.",
            personal=True,
        ),
    ),
)

SESSIONS = Table(
    "audit.sessions",
    "Who works in a session of the program, why and in which run: what audit.changes takes them from. Only "
    "audit.set_session and audit.begin_erasing write it, and no role but the program's login may call those. Rows of "
    "ended sessions go with the next one that begins.",
    (
        Column("pid", "integer", "Process of the session at the server.", nullable=False),
        Column("backend_start", TIME, "When it began: with pid, one session and no later one.", nullable=False),
        Column("login", "text", "Its login.", personal=True, nullable=False),
        Column("actor", "text", "Program or person that works in it; empty: nobody was named.", personal=True),
        Column("run_id", "text", "Dagster run, where it is one."),
        Column("reason", "text", "Stage or reason, where it was given."),
        Column("erasing", "xid8", "The one transaction that may take facts away."),
    ),
)

RETRACTIONS = Table(
    "audit.retractions",
    "Opt-outs that were written down by mistake and taken back (audit.retract_suppression): by whom, and why.",
    (
        Column("id", "bigint", "Row number, given by the database.", nullable=False),
        Column("subject_key", "bytea", "Keyed hash of the address or number.", personal=True, nullable=False),
        Column("channel", "text", "Channel that was closed.", nullable=False),
        Column("reason", "text", "Why it was closed.", nullable=False),
        Column("source", "text", "Who had said so.", nullable=False),
        Column("said_at", TIME, "When it had last been said.", nullable=False),
        Column("retracted_at", TIME, "When it was taken back, UTC.", nullable=False),
        Column("retracted_by", "text", "Who decided it.", personal=True, nullable=False),
        Column("login", "text", "Login of the session.", personal=True, nullable=False),
        Column("because", "text", "Why it was a mistake.", nullable=False),
    ),
)

SEALS = Table(
    "audit.seals",
    "What was sealed of each row of audit.changes (contact-pipeline audit verify).",
    (
        Column("change_id", "bigint", "The row.", nullable=False),
        Column("salt", "bytea", "Random; empty: an erasure took the row's values, and this with them."),
        Column("commitment", "bytea", "SHA-256 of salt, values, names and reason.", nullable=False),
        Column("leaf", "bytea", "SHA-256 of the commitment and the rest of the row.", nullable=False),
    ),
)

BLOCKS = Table(
    "audit.blocks",
    "The chain over the seals: each block's head covers its rows and the head before.",
    (
        Column("block", "bigint", "1, 2, 3 and so on without a gap.", nullable=False),
        Column("last_id", "bigint", "It seals the ids after the block before, up to this one.", nullable=False),
        Column("rows", "bigint", "Rows that it seals.", nullable=False),
        Column("sealed_at", TIME, "When.", nullable=False),
        Column("head", "bytea", "SHA-256 over the block and the head before it.", nullable=False),
    ),
)

SEAL_MARKS = Table(
    "audit.seal_marks",
    "Ids that can be sealed as soon as every transaction before a certain one has ended.",
    (
        Column("last_id", "bigint", "Ids up to here had been given out.", nullable=False),
        Column("before_xact", "xid8", "To transactions before this one.", nullable=False),
    ),
)

ROLLBACKS = Table(
    "ops.rollbacks",
    "What was rolled back (contact-pipeline rollback): what, by whom, why. Its changes have its id as run_id.",
    (
        Column("id", "text", "Begins with rollback-.", nullable=False),
        Column("kind", "text", "What was rolled back.", nullable=False, one_of=("contact", "actor", "drop", "run")),
        Column(
            "about",
            "text",
            "Public id of the contact, name of the actor, key of the drop, or the run.",
            personal=True,
            nullable=False,
        ),
        Column("since", TIME, "To which instant, or what changed since then."),
        Column("to_version", "integer", "To which version of the contact."),
        Column("field_name", "text", "The one field; empty: every one."),
        Column("reason", "text", "Why, in that person's words.", nullable=False),
        Column("ruled_by", "text", "Who did it.", personal=True, nullable=False),
        Column("login", "text", "Login of the session.", personal=True, nullable=False),
        Column("ruled_at", TIME, "When.", nullable=False),
        Column("changes", "bigint", "Fields that changed.", nullable=False),
        Column("kept", "bigint", "Fields that stayed as they were, each for a reason that was told.", nullable=False),
        Column("undone_by", "text", "The rollback that took it back."),
    ),
)

RULINGS = Table(
    "core.rulings",
    "What is not heard any more since a rollback: claims of a contact's field, or of one who speaks of it, dated up to "
    "the ruling. A later claim is heard, and outranks it.",
    (
        Column("id", "bigint", "Row number, given by the database.", nullable=False),
        Column("contact_id", "bigint", "The contact.", nullable=False),
        Column("field_name", "text", "The field; empty: every field."),
        Column("data_source", "text", "Who is not heard (provider:name); empty: nobody is."),
        Column("value", "text", "What the field has; empty: nothing.", personal=True),
        Column("heard_until", TIME, "What was said before is heard still; empty: nothing is."),
        Column("ruled_at", TIME, "Up to when nothing is heard.", nullable=False),
        Column("ruled_by", "text", "Who rolled it back.", personal=True, nullable=False),
        Column("rollback_id", "text", "In which rollback (ops.rollbacks).", nullable=False),
        Column("lifted_at", TIME, "When the rollback was taken back; it holds no more."),
    ),
)

WITHDRAWN_SOURCES = Table(
    "core.withdrawn_sources",
    "Rows of core.contact_sources of drops that were rolled back: they count for nothing, and come back with the drop.",
    CONTACT_SOURCES.columns,
)

AUDIT_TABLES = (
    CHANGES, SESSIONS, RETRACTIONS, SEALS, BLOCKS, SEAL_MARKS, ROLLBACKS, RULINGS, WITHDRAWN_SOURCES,
)  # fmt: skip
