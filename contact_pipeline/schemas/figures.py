"""Requests of people, the record of processing activities and the figures of compliance, as readers see them.

The DDL is sql/tables/95_register.sql and sql/views/60_figures.sql; a test compares both.
"""

from contact_pipeline.schemas.columns import Column, Table
from contact_pipeline.schemas.core import TIME
from contact_pipeline.schemas.rights import REQUEST_KINDS, REQUEST_STATES

# GDPR Art. 30(1): what a record of processing activities holds, in the article's order as far as it has one.
_ACTIVITY = (
    Column("activity", "text", "What is done.", nullable=False),
    Column("source", "text", "The source it is about; empty: an activity of the pipeline's own."),
    Column("purpose", "text", "What for (Art. 30(1)(b)).", nullable=False),
    Column("lawful_basis", "text", "On what ground (Art. 6(1)).", nullable=False),
    Column("assessment_ref", "text", "Where the balancing test is filed; may be an empty text.", nullable=False),
    Column("controller", "text", "Name and address of the controller (Art. 30(1)(a)): the policy's sender.",
           nullable=False),
    Column("data_protection_officer", "text", "The same of the officer.", nullable=False),
    Column("categories_of_people", "text", "Whose data (Art. 30(1)(c)).", nullable=False),
    Column("categories_of_data", "text[]", "Which data, from the personal columns of the assets.", nullable=False),
    Column("recipients", "text[]", "Who is given data (Art. 30(1)(d)): the configured providers.", nullable=False),
    Column("transfers", "text", "To third countries (Art. 30(1)(e)).", nullable=False),
    Column("retention", "text", "When the data go (Art. 30(1)(f)).", nullable=False),
    Column("safeguards", "text[]", "What protects them (Art. 30(1)(g), 32), with what enforces it.", nullable=False),
    Column("assets", "text[]", "Dagster's assets through which the data go.", nullable=False),
    Column("generated_at", TIME, "When it last changed.", nullable=False),
)  # fmt: skip

PROCESSING_ACTIVITIES = Table(
    "core.processing_activities",
    "Record of processing activities (GDPR Art. 30), computed from the policy, the configured providers and the asset "
    "graph by the asset compliance_views; replaced as a whole when it changes.",
    _ACTIVITY,
)
POLICY_VALUES = Table(
    "core.policy_values",
    "Numbers of the policy that views need, copied at every start.",
    (
        Column("name", "text", "The key.", nullable=False),
        Column("value", "integer", "Its value.", nullable=False),
    ),
)
REGISTER_TABLES = (PROCESSING_ACTIVITIES, POLICY_VALUES)

FIGURE_VIEWS = (
    Table(
        "curated.data_subject_requests",
        "What people asked of us and whether it was answered in time (GDPR Art. 12(3), 15-20). Names nobody.",
        (
            Column("id", "bigint", "Number of the request.", nullable=False),
            Column("reference", "text", "Our file number.", nullable=False),
            Column("kind", "text", "Which right.", nullable=False, one_of=REQUEST_KINDS),
            Column("contact_id", "uuid", "The contact's id for readers; empty: unknown, or erased since."),
            Column("received_at", TIME, "When it reached us.", nullable=False),
            Column("due_at", TIME, "When it has to be answered, an extension included.", nullable=False),
            Column("original_due_at", TIME, "The same without the extension.", nullable=False),
            Column("extension_reason", "text", "Why it was extended; masked but for pii_reader and compliance."),
            Column("state", "text", "Where it stands.", nullable=False, one_of=REQUEST_STATES),
            Column("closed_at", TIME, "When it was done or refused."),
            Column("is_overdue", "boolean", "Open and past due_at, or closed after it.", nullable=False),
            Column("days_left", "integer", "Days until due_at (UTC), negative when past; empty: closed."),
            Column("days_taken", "integer", "Days from received_at to closed_at (UTC); empty: open."),
            Column("identity_check", "text", "How we know that it is the person; masked as extension_reason."),
            Column("outcome", "text", "What was done, in words and counts; why not, masked as extension_reason."),
        ),
    ),
    Table(
        "curated.processing_register",
        "Record of processing activities (GDPR Art. 30): a row for each source and purpose of the policy, and for what "
        "the pipeline does of its own. What only the controller knows says so.",
        _ACTIVITY,
    ),
    Table(
        "curated.compliance_figures",
        "One row for each metric of compliance, each with what it is a share of.",
        (
            Column("metric", "text", "Its name.", nullable=False),
            Column("value", "double precision", "The figure; empty: there is nothing to measure.", at_least=0),
            Column("numerator", "bigint", "What was counted, where it is a part of something.", at_least=0),
            Column("denominator", "bigint", "Of how many.", at_least=0),
            Column("unit", "text", "Of the figure.", nullable=False,
                   one_of=("share", "days", "business days", "requests", "sources", "erasures")),
            Column("detail", "text", "How it is measured.", nullable=False),
        ),
    ),
)  # fmt: skip
