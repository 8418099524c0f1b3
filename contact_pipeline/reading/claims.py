"""Compliance columns of a row → `claims`, normalised; what cannot be read stays whole in `extra`. Grants nothing by
itself."""

import json
from collections.abc import Callable
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from contact_pipeline.core import said
from contact_pipeline.reading.cells import RowNotes, any_true, map_distinct, refuse_where, rows_where
from contact_pipeline.reading.json_text import member
from contact_pipeline.schemas.landed import LONGEST_TEXT
from contact_pipeline.wording.consent_types import consent_channel
from contact_pipeline.wording.dates import AMBIGUOUS, UNREADABLE, Answer, Order, is_in_doubt, is_month_first, parse_date
from contact_pipeline.wording.ground_words import is_no_consent
from contact_pipeline.wording.no_date import is_no_date
from contact_pipeline.wording.periods import Period, read_period
from contact_pipeline.wording.truth import truth
from contact_pipeline.wording.vocabulary import CLAIM_DATES, CLAIM_FLAGS


class ClaimsBuilder:
    """Members of the claims object of one chunk, each name once: the first column that has a value wins."""

    def __init__(
        self, notes: RowNotes, order_of: Callable[[str], Order | None], landed_at: datetime | None = None
    ) -> None:
        """order_of: that of day and month in a column. landed_at: when the file came; nothing that it tells of happened
        later. None: nobody knows."""
        self._landed_at = landed_at
        self._ledger = notes
        self._order_of = order_of
        self._values: dict[str, pa.Array] = {}
        self._literal: set[str] = set()

    def add(self, name: str, values: pa.Array, key: str) -> None:
        """name: the claim; values: cleaned cells; key: the column's name in `extra`."""
        if values.null_count == len(values):
            return
        if name in CLAIM_DATES:
            self._keep(name, self.dates(values, name, key))
        elif name in CLAIM_FLAGS:
            self._flags(name, values, key)
        elif name.endswith("_ip"):
            self._keep(name, self.addresses(values, name, key))
        else:
            values = refuse_where(
                values, pc.greater(pc.utf8_length(values), LONGEST_TEXT), f"{name}:too_long", key, self._ledger
            )
            if name == "consent_type":
                values = self._channels(values)
            if name == "suppression_list":
                values = map_distinct(values, lambda v: None if truth(v) is False else v, pa.string())
            self._keep(name, values)
            if name == "retention_period":
                self._period(values, key)

    def _channels(self, types: pa.Array) -> pa.Array:
        """The channel in our word where the type is clear; one that nobody knows stays as it is and grants nothing."""
        named = map_distinct(types, consent_channel, pa.string())
        self._ledger.repair(rows_where(pc.and_(types.is_valid(), named.is_null())), "consent_type:unknown")
        return pc.coalesce(named, types)

    def _period(self, values: pa.Array, key: str) -> None:
        """How many days, or until when. A row that says neither where it says something has no ground (SQL asks for
        retention_period without one of the two)."""
        found: dict[str, Period | None] = {}

        def days(text: str) -> int | None:
            found[text] = period = read_period(text, key, lambda: self._order_of(key), self._landed_at)
            return period.days if period else None

        self._keep("retention_days", map_distinct(values, days, pa.int64()).cast(pa.string()), literal=True)
        ends = {text: period.ends.isoformat() for text, period in found.items() if period and period.ends}
        self._keep("retention_end", map_distinct(values, ends.get, pa.string()))
        unread = [text for text, period in found.items() if period is None]
        self._ledger.repair(
            rows_where(pc.is_in(values, value_set=pa.array(unread, pa.string()))), "retention_period:unreadable"
        )

    def dates(self, values: pa.Array, name: str, key: str) -> pa.Array:
        """ISO 8601 with zone; what is ambiguous, unreadable, yet to come or no day at all is refused."""
        encoded = values.dictionary_encode()
        texts: list[str] = encoded.dictionary.to_pylist()
        answers = [self._read_date(text, key) for text in texts]
        if any(map(is_month_first, texts)):
            answers = [(None, AMBIGUOUS) if is_in_doubt(t) else a for t, a in zip(texts, answers, strict=True)]
        for rule in (AMBIGUOUS, UNREADABLE, "date:in_the_future", "date:did_not_happen"):
            refused = [text for text, (_, fault) in zip(texts, answers, strict=True) if fault == rule]
            if refused:
                refuse_where(
                    values,
                    pc.is_in(values, value_set=pa.array(refused)),
                    rule if rule == AMBIGUOUS else f"{name}{rule.removeprefix('date')}",
                    key,
                    self._ledger,
                )
        return pa.array([iso for iso, _ in answers], pa.string()).take(encoded.indices)

    def _read_date(self, text: str, key: str) -> Answer:
        """The file is asked for the column's order of day and month only when a date needs it."""
        # A cell without a zone has become UTC: the writer's day may be ahead of it.
        latest = self._landed_at and self._landed_at + said.FARTHEST_ZONE
        iso, rule = parse_date(text, None, latest)
        if (iso or "") < "1971" and is_no_date(text):
            return None, "date:did_not_happen"
        if rule == AMBIGUOUS and (order := self._order_of(key)):
            iso, rule = parse_date(text, order, latest)
        if iso is None or latest is None:
            return iso, rule
        try:
            said.moment(iso, now=latest)
        except ValueError:
            return None, "date:in_the_future"
        return iso, None

    def addresses(self, values: pa.Array, name: str, key: str) -> pa.Array:
        """IP addresses in their standard spelling."""
        parsed = map_distinct(values, _ip, pa.string())
        scoped = pc.and_(parsed.is_valid(), pc.match_substring(values, "%"))
        self._ledger.repair(rows_where(scoped), f"{name}:zone_removed")
        refuse_where(values, pc.and_(values.is_valid(), parsed.is_null()), f"{name}:invalid", key, self._ledger)
        return parsed

    def add_opt_in(self, times: dict[str, pa.Array]) -> None:
        """Mailchimp's evidence: confirmed (double opt-in) counts before signed up; the address belongs to the
        moment."""
        rows = self._ledger.rows
        none = pa.nulls(rows, pa.string())
        confirmed = (
            self.dates(times["confirm_time"], "consent_date", "CONFIRM_TIME") if "confirm_time" in times else none
        )
        signed = self.dates(times["optin_time"], "consent_date", "OPTIN_TIME") if "optin_time" in times else none
        ips = {
            kind: self.addresses(times[f"{kind}_ip"], "consent_ip", f"{kind.upper()}_IP")
            if f"{kind}_ip" in times
            else none
            for kind in ("confirm", "optin")
        }
        missing = pa.scalar(None, pa.string())
        source = pc.if_else(
            confirmed.is_valid(), "mailchimp double opt-in", pc.if_else(signed.is_valid(), "mailchimp opt-in", missing)
        )
        ip = pc.if_else(confirmed.is_valid(), ips["confirm"], pc.if_else(signed.is_valid(), ips["optin"], missing))
        dates = pc.coalesce(confirmed, signed)
        held = self._values.get("consent_date")
        if held is not None:  # a row's own consent_date is not mixed with another one's source
            source, ip, dates = (pc.if_else(held.is_valid(), missing, a) for a in (source, ip, dates))
        for name, values in (("consent_date", dates), ("consent_source", source), ("consent_ip", ip)):
            self._keep(name, values)

    def refuse_consents(self) -> None:
        """A consent that is said to come from research, scraping, purchase or enrichment is none; its date is kept
        whole in `extra`."""
        sources, dates = self._values.get("consent_source"), self._values.get("consent_date")
        if sources is None or dates is None:
            return
        none = pc.and_(dates.is_valid(), pc.fill_null(map_distinct(sources, is_no_consent, pa.bool_()), False))
        self._values["consent_date"] = refuse_where(
            dates, none, "consent_source:no_consent", "consent_date", self._ledger
        )

    def _flags(self, name: str, values: pa.Array, key: str) -> None:
        truths = map_distinct(values, lambda v: False if is_no_date(v) else truth(v), pa.bool_())
        unread = pc.and_(values.is_valid(), truths.is_null())
        if name.startswith("deletion") and any_true(unread):
            moments = map_distinct(values, lambda v: self._read_date(v, key)[0], pa.string())
            self._keep(f"{name}_date", moments)
            dated = pc.and_(unread, moments.is_valid())
            truths = pc.if_else(unread, True, truths)  # anything but a clear no is a request
            unread = pc.and_(unread, pc.invert(dated))
        refuse_where(values, unread, f"{name}:unreadable", key, self._ledger)
        self._keep(name, pc.if_else(truths, "true", "false"), literal=True)

    def _keep(self, name: str, values: pa.Array, *, literal: bool = False) -> None:
        held = self._values.get(name)
        self._values[name] = values if held is None else pc.coalesce(held, values)
        if literal:
            self._literal.add(name)

    def members(self) -> list[pa.Array]:
        """For json_text.objects()."""
        render: Callable[[str, pa.Array], pa.Array] = lambda name, v: (  # noqa: E731
            pc.binary_join_element_wise(f"{json.dumps(name)}:", v, "") if name in self._literal else member(name, v)
        )
        return [render(name, values) for name, values in self._values.items()]

    def value(self, name: str) -> pa.Array | None:
        """A claim's values so far."""
        return self._values.get(name)


def _ip(text: str) -> str | None:
    try:
        return said.ip_address(text)
    except ValueError:
        return None
