"""The tables of the pages: who may use them, who is signed in, whom they looked at.

The DDL is adapters/postgres/sql/tables/290_pages.sql; a test compares both.
"""

from contact_pipeline.schemas.columns import Column, Table
from contact_pipeline.schemas.core import TIME

WEB_ROLES = ("manager", "analyst", "steward", "compliance")

WEB_USERS = Table(
    "ops.web_users",
    "Who may use the pages (docs/pages.md), and in which role.",
    (
        Column(
            "name",
            "text",
            "What they sign in with, and what the audit calls them.",
            personal=True,
            nullable=False,
            pattern="^[a-z0-9][a-z0-9._@-]{0,62}$",
        ),
        Column("role", "text", "What they may see and do.", nullable=False, one_of=WEB_ROLES),
        Column("password_hash", "text", "Argon2id; empty: only a proxy signs this one in.", personal=True),
        Column("created_at", TIME, "When they were added.", nullable=False),
        Column("created_by", "text", "Who added them.", personal=True, nullable=False),
        Column("password_set_at", TIME, "When the password was last set."),
        Column("disabled_at", TIME, "Since when they may not sign in any more."),
        Column("disabled_by", "text", "Who closed the door.", personal=True),
    ),
)

WEB_SESSIONS = Table(
    "ops.web_sessions",
    "Who is signed in to the pages. Ends at a sign-out, when nothing was asked for a while, and at ends_at.",
    (
        Column("id_hash", "bytea", "SHA-256 of what the cookie holds.", nullable=False),
        Column("name", "text", "Whose it is.", personal=True, nullable=False),
        Column("began_at", TIME, "When they signed in.", nullable=False),
        Column("seen_at", TIME, "When a page was last asked for, to the minute.", nullable=False),
        Column("ends_at", TIME, "When it ends whatever happens.", nullable=False),
        Column("ended_at", TIME, "When it was ended: signed out, disabled, or a new password."),
    ),
)

PAGE_VIEWS = Table(
    "ops.page_views",
    "Whose data somebody saw on a page; never what. Appended only.",
    (
        Column("id", "bigint", "Our key.", nullable=False),
        Column("viewed_at", TIME, "When.", nullable=False),
        Column("viewed_by", "text", "Who looked.", personal=True, nullable=False),
        Column("role", "text", "In which role.", nullable=False),
        Column("page", "text", "On which page.", nullable=False),
        Column("contact_id", "bigint", "At whom.", nullable=False),
    ),
)

_COUNTS = (
    Column("day", "date", "Day (UTC).", nullable=False),
    Column(
        "chart",
        "text",
        "verdicts, phone_verdicts, completeness and freshness (label: source), funnel, losses (label: step).",
        nullable=False,
    ),
    Column("label", "text", "Source, or step of the funnel.", nullable=False),
    Column("part", "text", "Status, field, layer or reason.", nullable=False),
    Column("count", "bigint", "How many.", nullable=False, at_least=0),
    Column("total", "bigint", "Of how many; 0: it is a count of its own.", nullable=False, at_least=0),
    Column("measured_at", TIME, "When it was counted, UTC.", nullable=False),
)
QUALITY_COUNTS = Table(
    "ops.quality_counts", "What the charts of the pages are drawn from, day by day; no value of a person.", _COUNTS
)
QUALITY_COUNTS_VIEW = Table(
    "curated.quality_counts", "What the charts of the pages are drawn from, day by day.", _COUNTS
)

PAGES_TABLES = (WEB_USERS, WEB_SESSIONS, PAGE_VIEWS, QUALITY_COUNTS)
