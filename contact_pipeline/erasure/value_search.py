"""Searches every table that the pipeline owns for a person's values, also Dagster's. Sets, not loops: one pass each.

PostgreSQL finds the rows in which a needle stands at all; whether it stands there as a whole, and whose row it is, is
decided here, from the few that are left.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from contact_pipeline.adapters.postgres.engine import Connection, dict_row, sql
from contact_pipeline.erasure.search_terms import SearchTerms

SCHEMAS = ("raw", "core", "audit", "ops", "dagster")
# Keyed hashes stay here on purpose: without them nobody would recognise who is not to come back.
KEYS_STAY = frozenset({
    "core.suppressions", "core.purpose_suppressions", "core.erased_keys", "ops.subject_requests",
})  # fmt: skip
AUDITED = frozenset({"core.contacts", "core.contact_points", "core.consent_records"})
# Words and keys that the program makes: eight digits there are a date.
MADE_BY_THE_PROGRAM = frozenset({
    "table_name", "field", "field_name", "drop_key", "kind", "state", "channel", "layer", "provider", "archived_as",
    "key", "sha256", "input_hash", "rules", "run_id",
})  # fmt: skip
# Nor do these tell of a person: somebody called Erasure is no finding there.
NOT_ABOUT_PEOPLE = MADE_BY_THE_PROGRAM | {"source", "outcome", "reference"}
# Cast to text as they are; numbers, times and truth values hold no address.
_TEXTS = ("text", "character varying", "character", "json", "jsonb", "text[]", "character varying[]", "name")
_COLUMNS = """
select format('%%I.%%I', n.nspname, c.relname) as table_name, a.attname::text as name,
    format_type(a.atttypid, null) as kind, exists (select from pg_constraint k
        where k.conrelid = c.oid and k.contype in ('p', 'f') and a.attnum = any (k.conkey)) as is_key
from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
where n.nspname = any (%s) and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped
order by 1, a.attnum
"""
_OWNERS = {
    "core.contacts": "x.id",
    # Whose an answer is: anybody's who was asked about by that key.
    "core.provider_answers": "(select min(q.contact_id) from core.profile_questions q"
    " where q.subject_key = x.subject_key)",
}


@dataclass(frozen=True)
class Found:
    """One table, searched. ctids: the rows that are findings. of_others: those of them that are other people's.

    substrings: terms that occur in rows of others, also within longer words, so that bytes cannot tell them apart.
    """

    table: str
    rows: int
    size: int
    findings: int
    shared: int
    ctids: tuple[str, ...] = ()
    substrings: frozenset[str] = frozenset()
    of_others: frozenset[str] = frozenset()


class _Column(NamedTuple):
    name: str
    kind: str
    is_key: bool


@dataclass
class ValueSearch:
    """ids: contacts that were erased. Reads only."""

    connection: Connection
    terms: SearchTerms
    ids: Sequence[int]

    def tables(self) -> list[str]:
        """schema.table of all that is searched."""
        return list(self._columns)

    def search(self, table: str) -> Found:
        """Look through one table."""
        columns = [c for c in self._columns[table] if c.name not in MADE_BY_THE_PROGRAM]
        texts, hashes = [c for c in columns if c.kind != "bytea"], [c for c in columns if c.kind == "bytea"]
        keys = () if table in KEYS_STAY else self.terms.keys
        kinds = [(texts, self.terms.values + keys), (hashes, keys and self.terms.hashes)]
        parts = [(_text(of_kind), likes(wanted)) for of_kind, wanted in kinds if of_kind and wanted]
        row = self.connection.execute(
            sql.SQL("select count(*), pg_table_size({}::regclass){} from {} x").format(
                sql.Literal(table),
                sql.SQL(", array_agg(x.ctid::text) filter (where {})").format(
                    sql.SQL(" or ").join(sql.SQL("lower({}) like any (%s)").format(text) for text, _ in parts)
                )
                if parts
                else sql.SQL(", null"),
                sql.Identifier(*table.split(".")),
            ),
            [wanted for _, wanted in parts] or None,
        ).fetchone()
        rows, size, hits = row or (0, 0, None)
        findings = set(self._tied_findings(table, columns))
        shared, substrings, of_others = 0, set(), set()
        for ctid, owner, text in self._rows(table, columns, hits or []):
            # In the person's own rows any value is a find; elsewhere one that nobody else has: an alert, or a note in
            # somebody else's row. Where a change would be written down with the old value, it stays and is counted.
            counts = self.terms if owner in self.ids else self.terms.own
            if (owner is None or owner in self.ids or table not in AUDITED) and counts.pattern.search(text):
                findings.add(ctid)
                of_others |= {ctid} if owner is not None and owner not in self.ids else set()
                continue
            shared += self.terms.pattern.search(text) is not None
            substrings |= {needle for needle in self.terms.values if needle in text}
        ctids = tuple(sorted(findings))
        return Found(table, rows, size, len(ctids), shared, ctids, frozenset(substrings), frozenset(of_others))

    def texts(self, table: str, ctids: Sequence[str]) -> Iterator[tuple[str, dict[str, str]]]:
        """ctid and the text of each column that may be overwritten, of these rows; JSON and arrays as PostgreSQL writes
        them. Bytes, keys and words of the program are left alone."""
        columns = [
            c.name
            for c in self._columns[table]
            if c.kind != "bytea" and not c.is_key and c.name not in MADE_BY_THE_PROGRAM
        ]
        if not columns:
            return
        selected = sql.SQL(", ").join(sql.SQL("{0}::text as {0}").format(sql.Identifier(name)) for name in columns)
        query = sql.SQL("select x.ctid::text as ctid, {} from {} x where x.ctid = any (%s::tid[])").format(
            selected, sql.Identifier(*table.split("."))
        )
        with self.connection.cursor(row_factory=dict_row) as cursor:
            for row in cursor.execute(query, [list(ctids)]).fetchall():
                yield row.pop("ctid"), {name: text for name, text in row.items() if text is not None}

    @cached_property
    def _columns(self) -> dict[str, list["_Column"]]:
        found: dict[str, list[_Column]] = {}
        for table, *column in self.connection.execute(_COLUMNS, (list(SCHEMAS),)).fetchall():
            columns = found.setdefault(table, [])
            if (described := _Column(*column)).kind in (*_TEXTS, "bytea"):
                columns.append(described)
        return found

    def _owner(self, table: str) -> str:
        if table in _OWNERS:
            return _OWNERS[table]
        # A contact that somebody deleted by hand owns nothing any more.
        mine = "(select c.id from core.contacts c where c.id = x.contact_id)"
        return mine if self._names_contact(table) else "null::bigint"

    def _names_contact(self, table: str) -> bool:
        known = self.connection.execute(
            "select exists (select from pg_attribute where attrelid = %s::regclass and attname = 'contact_id')",
            (table,),
        ).fetchone()
        return known == (True,)

    def _rows(
        self, table: str, columns: Sequence["_Column"], ctids: Sequence[str]
    ) -> Iterator[tuple[str, int | None, str]]:
        if ctids:
            query = sql.SQL("select x.ctid::text, {}, lower({}) from {} x where x.ctid = any (%s::tid[])").format(
                sql.SQL(self._owner(table)), _text(columns), sql.Identifier(*table.split("."))
            )
            for ctid, owner, text in self.connection.execute(query, [list(ctids)]).fetchall():
                yield ctid, owner, text.lower()

    def _tied_findings(self, table: str, columns: Sequence["_Column"]) -> Iterator[str]:
        """In rows that are tied to the person a name counts, too."""
        owner = {"core.contacts": "x.id"}.get(table) or ("x.contact_id" if self._names_contact(table) else None)
        about = [c for c in columns if c.name not in NOT_ABOUT_PEOPLE and not c.name.endswith("_by")]
        if not self.ids or not about or owner is None:
            return
        query = sql.SQL("select x.ctid::text, {} from {} x where {} = any (%s)").format(
            _text(about), sql.Identifier(*table.split(".")), sql.SQL(owner)
        )
        for ctid, text in self.connection.execute(query, [list(self.ids)]).fetchall():
            if self.terms.tied_pattern.search(text.lower()):
                yield ctid


def likes(terms: Sequence[str]) -> list[str]:
    """LIKE patterns that find them anywhere."""
    escaped = (n.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") for n in terms)
    return [f"%{needle}%" for needle in escaped] or [""]


def _text(columns: Sequence["_Column"]) -> sql.Composable:
    """All columns of a row as one text; bytes in hex, as hashes are written elsewhere."""
    parts = [
        sql.SQL("encode(x.{}, 'hex')" if c.kind == "bytea" else "x.{}::text").format(sql.Identifier(c.name))
        for c in columns
    ]
    return sql.SQL("concat_ws(E'\\x1f', {})").format(sql.SQL(", ").join(parts))
