"""Compliance columns of a row → `claims`, normalised; what cannot be read stays whole in `extra`. Grants nothing by
itself."""

import json
from collections.abc import Callable
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from contact_pipeline.core import said
from contact_pipeline.reading.cells import RowNotes, any_true, map_distinct, refuse_where, rows_where
from contact_pipeline.reading.consent_types import consent_channel
from contact_pipeline.reading.dates import parse_date, retention_days
from contact_pipeline.reading.ground_words import is_no_consent
from contact_pipeline.reading.json_text import member
from contact_pipeline.reading.truth import truth
from contact_pipeline.reading.vocabulary import CLAIM_DATES, CLAIM_FLAGS
from contact_pipeline.schemas.landed import LONGEST_TEXT


class ClaimsBuilder:
    """Members of the claims object of one chunk, each name once: the first column that has a value wins."""

    def __init__(
        self, notes: RowNotes, day_first: Callable[[], bool | None], landed_at: datetime | None = None
    ) -> None:
        """landed_at: when the file came; nothing that it tells of happened later. None: nobody knows."""
        self._landed_at = landed_at
        self._ledger = notes
        self._day_first = day_first
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
                days = map_distinct(values, retention_days, pa.int64())
                self._ledger.repair(
                    rows_where(pc.and_(values.is_valid(), days.is_null())), "retention_period:unreadable"
                )
                self._keep("retention_days", days.cast(pa.string()), literal=True)

    def _channels(self, types: pa.Array) -> pa.Array:
        """The channel in our word where the type is clear; one that nobody knows stays as it is and grants nothing."""
        named = map_distinct(types, consent_channel, pa.string())
        self._ledger.repair(rows_where(pc.and_(types.is_valid(), named.is_null())), "consent_type:unknown")
        return pc.coalesce(named, types)

    def dates(self, values: pa.Array, name: str, key: str) -> pa.Array:
        """ISO 8601 with zone; ambiguous and unreadable ones are refused."""
        readings: dict[str, tuple[str | None, str | None]] = {}

        def read(text: str) -> str | None:
            readings[text] = self._read_date(text)
            return readings[text][0]

        parsed = map_distinct(values, read, pa.string())
        for rule in ("date:ambiguous", "date:unreadable", "date:in_the_future"):
            texts = [text for text, (_, fault) in readings.items() if fault == rule]
            if texts:
                refuse_where(
                    values,
                    pc.is_in(values, value_set=pa.array(texts)),
                    rule if rule == "date:ambiguous" else f"{name}{rule.removeprefix('date')}",
                    key,
                    self._ledger,
                )
        return parsed

    def _read_date(self, text: str) -> tuple[str | None, str | None]:
        """The file is asked for its order of day and month only when a date needs it."""
        iso, rule = parse_date(text, None)
        iso, rule = parse_date(text, self._day_first()) if rule == "date:ambiguous" else (iso, rule)
        if iso is None or self._landed_at is None:
            return iso, rule
        try:  # a cell without a zone has become UTC: the writer's day may be ahead of it
            said.moment(iso, now=self._landed_at + said.FARTHEST_ZONE)
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
        truths = map_distinct(values, truth, pa.bool_())
        unread = pc.and_(values.is_valid(), truths.is_null())
        if name.startswith("deletion") and any_true(unread):
            moments = map_distinct(values, lambda v: self._read_date(v)[0], pa.string())
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
