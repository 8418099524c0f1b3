"""Who may see and do what on the pages: each role here reads with the rights of roles of the database. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Role:
    """reads_as: role of the database for everything about people. audits_as: for values of the past; None: not seen.
    pages: those it may open; may: what it may do."""

    name: str
    title: str
    reads_as: str
    audits_as: str | None
    pages: frozenset[str]
    may: frozenset[str] = frozenset()

    @property
    def sees_values(self) -> bool:
        """Names, addresses and numbers in clear."""
        return self.reads_as == "pii_reader"


FIGURES = frozenset({"overview", "quality", "analytics", "drops", "costs"})
ROLES: Mapping[str, Role] = {
    role.name: role
    for role in (
        Role("manager", "Manager", "analyst", None, FIGURES),
        Role("analyst", "Analyst", "analyst", None, FIGURES | {"contacts", "outreach"}),
        Role(
            "steward", "Data steward", "pii_reader", None, FIGURES | {"contacts", "outreach", "reviews"},
            frozenset({"acknowledge", "find", "drop", "approve", "correct", "opt_out", "decide"}),
        ),
        Role(
            "compliance", "Compliance officer", "pii_reader", "compliance",
            FIGURES | {"contacts", "outreach", "reviews", "desk"},
            frozenset({"acknowledge", "find", "approve", "correct", "opt_out", "restrict", "serve", "decide"}),
        ),
    )
}  # fmt: skip
# Of the database: what the program's own login has to be a member of.
DATABASE_ROLES = tuple(sorted({r for role in ROLES.values() for r in (role.reads_as, role.audits_as) if r}))
