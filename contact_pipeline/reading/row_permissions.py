"""Columns of permission of one chunk: opt-outs, consents, bounces. What restricts goes to the notes, what is evidence
to the claims, what nobody can read stays whole in `extra`."""

import re
from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from contact_pipeline.reading.cells import (
    SPREADSHEET_ERRORS,
    RowNotes,
    any_true,
    clean,
    emptied,
    map_distinct,
    meaningful,
    one_of,
    rows_where,
)
from contact_pipeline.reading.claims import ClaimsBuilder
from contact_pipeline.reading.headers import ColumnMap, HeaderMap
from contact_pipeline.reading.json_text import member
from contact_pipeline.reading.restrictions import Tally, closing_of, restrict_by_column, restrict_suppressed
from contact_pipeline.wording import permission_words as words
from contact_pipeline.wording.consent_types import KNOWN
from contact_pipeline.wording.ground_words import OBJECTION, is_refusal
from contact_pipeline.wording.permission_cells import Said, said_in
from contact_pipeline.wording.stems import plain
from contact_pipeline.wording.truth import truth
from contact_pipeline.wording.vocabulary import header_key

_EVIDENCE = ("optin_time", "optin_ip", "confirm_time", "confirm_ip")
# RFC 3463: the class of a delivery status, 5 permanent, 4 transient; also bare SMTP codes.
_CODE = re.compile(r"^\s*(?P<digit>[45])(?:\d\d\b|\.\d)")


class RowPermissions:
    """text, raw: cells of a column, cleaned and as given. extras: members for `extra`. erased: rows that say that the
    person was erased."""

    def __init__(
        self,
        header_map: HeaderMap,
        notes: RowNotes,
        claims: ClaimsBuilder,
        tally: Tally,
        *,
        text: Callable[[ColumnMap, str], pa.Array],
        raw: Callable[[ColumnMap], pa.Array],
    ) -> None:
        self._map, self._notes, self._claims, self._tally = header_map, notes, claims, tally
        self._text, self._raw = text, raw
        self.extras: list[pa.Array] = []
        self.erased: list[int] = []

    def read(self, emails: pa.Array, phones: pa.Array) -> None:
        """emails, phones: the rows' first ones."""
        evidence: dict[str, pa.Array] = {}
        status = None
        for column in self._map.columns:
            if column.target in _EVIDENCE:
                evidence[column.target] = self._text(column, "consent")
            elif column.target.startswith("claim:"):
                self._claim(column)
            elif column.is_permission and not column.target.startswith(("bounce", "soft_bounce")):
                self._permission(column)
            elif header_key(column.header) == "status" and not self._map.file_restrictions:
                status = clean(self._raw(column), "status", self._notes)
        self._bounces()
        if evidence:
            self._claims.add_opt_in(evidence)
        self._claims.refuse_consents()
        self._withdrawn()
        if self._map.kind == "suppressions":
            restrict_suppressed(self._notes, emails, phones, self._map.file_restrictions, status)
        elif self._map.file_restrictions:
            self._notes.restrict(range(self._notes.rows), self._map.file_restrictions)

    def _claim(self, column: ColumnMap) -> None:
        name = column.target.removeprefix("claim:")
        values = self._text(column, name)
        self._restrict(column, values, name)
        if name == "legitimate_interest_basis" and values.null_count < len(values):
            # Who refuses the interest objects to being contacted (GDPR Art. 21(2)): a word of refusal restricts.
            self._notes.restrict(rows_where(map_distinct(values, is_refusal, pa.bool_())), OBJECTION)
        self._claims.add(name, values, column.key)
        if name == "consent_type" and values.null_count < len(values):  # what the person was asked, in its own words
            self._keep(column, emptied(values, map_distinct(values, lambda v: v in KNOWN, pa.bool_())))
        if name == "deletion_completed" and values.null_count < len(values):
            self.erased += rows_where(map_distinct(values, lambda v: said_in(v) is not Said.NO, pa.bool_()))

    def _permission(self, column: ColumnMap) -> None:
        """A plain yes or no is in `restrictions` or means nothing; dates, words and the unreadable are kept."""
        given = clean(self._raw(column), "opt_out", RowNotes(self._notes.rows))
        values = self._text(column, "opt_out")
        self._restrict(column, values, "opt_out")
        if any_true(lost := one_of(given, SPREADSHEET_ERRORS)):  # nobody knows what it was
            self._notes.restrict(rows_where(lost), closing_of(column.target))
        if not column.target.startswith(("moment:", "status")):
            values = emptied(values, map_distinct(values, lambda v: truth(v) is not None, pa.bool_()))
        self._keep(column, values)

    def _restrict(self, column: ColumnMap, values: pa.Array, name: str) -> None:
        blank_is_no = column.position in self._map.blank_is_no
        unread, strange = restrict_by_column(values, column.target, name, self._notes, blank_is_no=blank_is_no)
        if column.is_permission and not column.target.startswith("status"):
            self._tally.add(column.position, len(values) - values.null_count, unread)
        if strange is not None:
            self._claims.add("unknown_status", strange, column.key)

    def _keep(self, column: ColumnMap, values: pa.Array) -> None:
        if values.null_count < len(values):
            self.extras.append(member(column.key, values))

    def _bounces(self) -> None:
        """Whether a message came back, and for good: only a word or code that says so is a hard bounce; a day alone is
        a bounce of unknown kind, which asks for another look and stops nobody."""
        columns = self._map.of("bounce", "bounce_type", "soft_bounce")
        if not columns:
            return
        none = pa.nulls(self._notes.rows, pa.string())
        kinds, happened = none, none
        for column in columns:
            values = self._text(column, "bounce")
            self._keep(column, emptied(values, map_distinct(values, lambda v: truth(v) is not None, pa.bool_())))
            said = map_distinct(values, said_in, pa.string())
            is_there = pc.and_(values.is_valid(), pc.not_equal(said, Said.NO))
            if column.target == "soft_bounce":
                soft = pc.if_else(pc.fill_null(is_there, False), pa.scalar("soft"), pa.scalar(None, pa.string()))
                kinds, happened = pc.coalesce(kinds, soft), pc.coalesce(happened, soft)
                continue
            named = map_distinct(values, _kind_of_bounce, pa.string())
            # What a column of kinds says wins over words elsewhere.
            first, second = (named, kinds) if column.target == "bounce_type" else (kinds, named)
            kinds = pc.coalesce(first, second)
            there = pc.if_else(pc.fill_null(is_there, False), pa.scalar("bounced"), pa.scalar(None, pa.string()))
            happened = pc.coalesce(happened, there)
        hard = pc.fill_null(pc.and_(happened.is_valid(), pc.equal(kinds, "hard")), False)
        self._notes.restrict(rows_where(hard), ("email:hard_bounce",))
        soft_or_unknown = pc.if_else(pc.equal(pc.fill_null(kinds, ""), "soft"), pa.scalar("soft"), pa.scalar("unknown"))
        self._claims.add("bounce", emptied(soft_or_unknown, pc.or_(happened.is_null(), hard)), "bounce")

    def _withdrawn(self) -> None:
        """A withdrawn consent closes the channel its type names, or both (GDPR Art. 7(3)), even when its date is
        unreadable."""
        for column in self._map.of("claim:consent_withdrawn_date"):
            silent = RowNotes(self._notes.rows)
            values = meaningful(
                clean(self._raw(column), "consent_withdrawn_date", silent), "consent", column.key, silent
            )
            kinds = self._claims.value("consent_type")
            for row in rows_where(pc.not_equal(map_distinct(values, said_in, pa.string()), Said.NO)):
                kind = plain(kinds[row].as_py() or "") if kinds is not None else " "
                named = [c for c, meant in (("email", words.EMAIL), ("phone", words.PHONE)) if meant(kind)]
                channels = named or ["email", "phone"]
                self._notes.restrict([row], [f"{channel}:no_consent" for channel in channels])


def _kind_of_bounce(text: str) -> str | None:
    said, code = plain(text), _CODE.match(text)
    if words.HARD(said) or (code and code["digit"] == "5"):
        return "hard"
    return "soft" if words.SOFT(said) or code else None
