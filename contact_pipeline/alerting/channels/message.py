"""What is said of an alert, on every channel, in plain words: rule, numbers, keys of drops; no personal value."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

EVERYWHERE = "all"  # subject of alerts about the whole database
MOST_SUBJECTS = 10  # of those that share a message


class Kind(StrEnum):
    """Why a message goes out."""

    OPENED = "opened"
    REPEATED = "repeated"
    ESCALATED = "escalated"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"
    TEST = "test"


_BEFORE = {
    Kind.OPENED: "",
    Kind.REPEATED: "Still open: ",
    Kind.ESCALATED: "Nobody acknowledged: ",
    Kind.ACKNOWLEDGED: "Acknowledged: ",
    Kind.RESOLVED: "Resolved: ",
    Kind.TEST: "Test: ",
}
_LINK = re.compile(r"\[([^\]]+)\]\([^)]+\)")


@dataclass(frozen=True)
class Message:
    """About one alert, or about several of one rule. fingerprint: RULE:SUBJECT, of the first. subjects: where; one, or
    all that share the message. since: ISO 8601, UTC. link: to the page."""

    kind: Kind
    rule: str
    title: str
    severity: str
    fingerprint: str
    subjects: Sequence[str]
    since: str
    counts: Mapping[str, int] = field(default_factory=dict)
    opened_when: str = ""
    to_do: str = ""
    link: str = ""
    reported_at: str = ""

    @property
    def headline(self) -> str:
        """One line: the rule's title, and how many share it."""
        more = f" ({len(self.subjects)})" if len(self.subjects) > 1 else ""
        return _one_line(f"{_BEFORE[self.kind]}{self.title}{more}")

    @property
    def lines(self) -> list[tuple[str, str]]:
        """What is said below it: name and text. What to do is left out where nothing is."""
        said = [
            ("What", _plain(self.opened_when)),
            ("Where", self.where),
            ("Since", self.since),
            ("How many", ", ".join(f"{number:,} {name}" for name, number in self.counts.items())),
        ]
        if self.kind is not Kind.RESOLVED:
            said.append(("What to do", _plain(self.to_do)))
        said.append(("More", self.link))
        return [(name, text) for name, text in said if text]

    @property
    def where(self) -> str:
        """The subjects, in words."""
        named = ["the whole database" if one == EVERYWHERE else one for one in self.subjects[:MOST_SUBJECTS]]
        left = len(self.subjects) - len(named)
        return _one_line(", ".join(named) + (f" and {left} more" if left > 0 else ""))

    @property
    def text(self) -> str:
        """All of it, as plain text."""
        lines = "\n".join(f"{name}: {text}" for name, text in self.lines)
        return f"[{self.severity}] {self.headline}\n\n{lines}\n"

    def as_json(self) -> dict[str, Any]:
        """As it is kept."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__} | {
            "kind": str(self.kind), "subjects": list(self.subjects), "counts": dict(self.counts),
        }  # fmt: skip

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Message":
        """As it was kept."""
        return cls(**(dict(kept) | {"kind": Kind(kept["kind"])}))


def _plain(text: str) -> str:
    """Without links into documents, which nobody has at hand."""
    text = _LINK.sub(r"\1", text)
    return text[:1].upper() + text[1:] + "." if text and not text.endswith((".", "?")) else text[:1].upper() + text[1:]


def _one_line(text: str) -> str:
    """What somebody wrote into ops.alerts by hand goes into the head of a mail."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
