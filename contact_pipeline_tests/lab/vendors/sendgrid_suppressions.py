"""Whom SendGrid does not write to: the lists of bounces, blocks, invalid addresses, spam reports and unsubscribes, and
the unsubscribe groups."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from contact_pipeline_tests.lab.vendor import Request, Response

MOST_ROWS = 500
_DONE = Response(status=204)
Row = dict[str, Any]


@dataclass
class Group:
    """An unsubscribe group (ASM). members: addresses, with the moment they left."""

    name: str
    description: str = "Mail of the lab."
    is_default: bool = False
    members: dict[str, int] = field(default_factory=dict)


class Suppressions:
    """lists: rows by address, for each kind. groups: by id."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.lists: dict[str, dict[str, Row]] = {
            kind: {} for kind in ("bounces", "blocks", "invalid_emails", "spam_reports", "unsubscribes")
        }
        self.groups: dict[int, Group] = {}

    def add(self, kind: str, email: str, **fields: Any) -> None:
        """One address. fields: reason, status, ip; `created` is now, unless it is among them."""
        self.lists[kind][email.lower()] = {"created": int(self._clock()), "email": email.lower()} | fields

    def leave(self, group: int, emails: Sequence[str]) -> None:
        """Addresses for a group; the global list takes them, without a word, where the group does not exist."""
        for email in emails:
            if group in self.groups:
                self.groups[group].members[email.lower()] = int(self._clock())
            else:
                self.add("unsubscribes", email)

    def answer(self, request: Request, parts: Sequence[str]) -> Response:
        """parts: the path after /v3, /suppression/… or /asm/…"""
        match request.method, parts:
            case "GET", ["suppression", kind] if kind in self.lists:
                return self._page(self.lists[kind], request)
            case "GET", ["suppression", kind, email] if kind in self.lists:
                row = self.lists[kind].get(email.lower())
                return Response([row] if row else [])  # an array, and an empty one for nobody
            case "DELETE", ["suppression", kind] if kind in self.lists:
                body = request.json
                for email in list(self.lists[kind]) if body.get("delete_all") else body["emails"]:
                    self.lists[kind].pop(email.lower(), None)
                return _DONE
            case "DELETE", ["suppression", kind, email] if kind in self.lists:
                return _DONE if self.lists[kind].pop(email.lower(), None) else error(404, "resource not found")
            case "POST", ["asm", "suppressions", "global"]:
                emails = request.json["recipient_emails"]
                for email in emails:
                    self.add("unsubscribes", email)
                return Response({"recipient_emails": emails}, 201)
            case "GET", ["asm", "suppressions", "global", email]:
                row = self.lists["unsubscribes"].get(email.lower())
                return Response({"recipient_email": email} if row else {})  # 200 also for nobody
            case "DELETE", ["asm", "suppressions", "global", email]:
                self.lists["unsubscribes"].pop(email.lower(), None)
                return _DONE
            case "GET", ["asm", "suppressions"]:
                return Response(self._of_groups())
            case "GET", ["asm", "suppressions", email]:
                return Response({"suppressions": self._groups_of(email.lower())})
            case "GET", ["asm", "groups"]:
                return Response([self._group(id) | {"unsubscribes": len(g.members)} for id, g in self.groups.items()])
            case _, ["asm", "groups", id, "suppressions", *rest] if id.isdecimal():
                return self._in_group(request, int(id), rest)
        return error(404, "resource not found")

    def _page(self, rows: dict[str, Row], request: Request) -> Response:
        query = request.query
        try:
            start, end = int(query.get("start_time", 0)), int(query.get("end_time", 2**62))
            limit, offset = int(query.get("limit", MOST_ROWS)), int(query.get("offset", 0))
        except ValueError:
            return error(400, "must be a number")
        if not 1 <= limit <= MOST_ROWS:
            return error(400, f"must be between 1 and {MOST_ROWS}", "limit")
        # The documented examples are sorted now upwards, now downwards: no order is promised.
        found = sorted((r for r in rows.values() if start <= r["created"] <= end), key=_shuffled)
        return Response(found[offset : offset + limit])

    def _in_group(self, request: Request, id: int, rest: Sequence[str]) -> Response:
        group = self.groups.get(id)
        if request.method == "POST" and not rest:
            emails = request.json["recipient_emails"]
            self.leave(id, emails)
            return Response({"recipient_emails": emails}, 201)
        if group is None:
            return error(404, "group not found")
        match request.method, rest:
            case "GET", []:
                return Response(list(group.members))
            case "POST", ["search"]:
                asked = [email.lower() for email in request.json["recipient_emails"]]
                return Response([email for email in asked if email in group.members])
            case "DELETE", [email]:
                group.members.pop(email.lower(), None)
                return _DONE
        return error(404, "resource not found")

    def _group(self, id: int) -> Row:
        group = self.groups[id]
        return {"id": id, "name": group.name, "description": group.description, "is_default": group.is_default}

    def _of_groups(self) -> list[Row]:
        return [
            {"email": email, "group_id": id, "group_name": group.name, "created_at": left_at}
            for id, group in self.groups.items()
            for email, left_at in group.members.items()
        ]

    def _groups_of(self, email: str) -> list[Row]:
        return [self._group(id) | {"suppressed": email in group.members} for id, group in self.groups.items()]


def error(status: int, message: str, field: str | None = None, **more: str) -> Response:
    """SendGrid's own form of an error."""
    return Response({"errors": [{"field": field, "message": message} | more]}, status)


def _shuffled(row: Row) -> str:
    return hashlib.sha256(row["email"].encode()).hexdigest()
