"""ops.provider_calls, provider_jobs and provider_months: what was asked, answered and paid, kept through a crash.

On a connection of its own, outside of any stage's transaction: each call is reserved before it is made and settled as
soon as it is answered, so that a process that dies repeats at most the calls in flight.
"""

import json
import math
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from datetime import UTC, date, datetime
from typing import Any

from contact_pipeline.adapters.postgres.engine import Connection, Script, beside
from contact_pipeline.asking.settling import BUDGET_EXHAUSTED, Settled
from contact_pipeline.core.providers import PROFILE_LAYERS, Layer, Outcome

STEPS = beside(__file__)

UNKNOWN_RESTS_S = 86_400  # an answer that settles nothing is not asked for again before a day
FAILURE_RESTS_S = 3_600


@dataclass(frozen=True)
class Budget:
    """US dollars; per_run is for one run, with all of its drops and stages."""

    monthly: float
    per_run: float


@dataclass(frozen=True, slots=True)
class OpenJob:
    """A job that is not finished. vendor_job: None where the upload's answer was never stored."""

    id: int
    label: str
    vendor_job: str | None
    is_old: bool = False  # days after its upload; then nobody waits for it any longer


class CallLedger:
    """Calls and jobs of one layer, in small transactions of its own. Subjects are keyed hashes.

    configured: who is asked. providers: whose answers count (None: anybody's). budgets: by provider name; one
    without has no limit."""

    def __init__(
        self,
        connection: Connection,
        layer: Layer,
        *,
        now: datetime,
        refresh_days: int,
        budgets: Mapping[str, Budget],
        configured: Sequence[str],
        providers: Sequence[str] | None = None,
        drop_key: str | None = None,
        run_id: str | None = None,
        clock: Callable[[], datetime] | None = None,
        spent: dict[str, float] | None = None,
        daily: float | None = None,
    ) -> None:
        """now: when the stage began. clock: when a call is made and answered. spent: shared by ledgers of one cap.

        daily: US dollars a day for all providers of the profile layers together; None: no such limit.
        """
        self._daily = daily
        self._cost = 0.0
        self._reserved: dict[int, tuple[str, float]] = {}
        self._clock = clock or (lambda: now)
        self._connection = connection
        self._budgets = budgets
        self._layer = layer
        self._prices: dict[str, float] = {}
        self._spent: dict[str, float] = {} if spent is None else spent
        session = Script(connection, STEPS).one("next_session")["session"]
        self._steps = Script(
            connection,
            STEPS,
            layer=str(layer),
            now=now,
            refresh_days=refresh_days,
            providers=None if providers is None else list(providers),
            configured=list(configured),
            drop_key=drop_key,
            run_id=run_id,
            session=session,
            profile_layers=[str(layer) for layer in PROFILE_LAYERS],
        )
        # Held until the connection closes, however this process ends: others see that its calls are alive.
        self._steps.run("hold_session", "lose_calls_of_the_dead")

    def unanswered(self, keys: Iterable[bytes]) -> set[bytes]:
        """Those without a fresh answer that settles something, and not held for a person."""
        return {bytes(row["key"]) for row in self._steps.rows("unanswered", keys=list(keys))}

    def askable(self, provider: str, keys: Iterable[bytes]) -> set[bytes]:
        """Those that this provider has not answered lately, not even with `unknown`."""
        return {bytes(row["key"]) for row in self._steps.rows("askable", provider=provider, keys=list(keys))}

    def reserve(
        self, provider: str, endpoint: str, keys: Sequence[bytes], price: float, *, job: int | None = None
    ) -> dict[bytes, int]:
        """Call ids, for as many as the budget allows and nobody else is asking for. Committed on return."""
        with self._connection.transaction():
            today = self._today()
            room = self._room(provider, price, today)
            wanted = list(keys) if room is None else list(keys)[:room]
            if not wanted:
                return {}
            rows = self._steps.rows(
                "reserve", provider=provider, endpoint=endpoint, keys=wanted, price=price, job=job, now=self._clock()
            )
            self._steps.run("spend", provider=provider, calls=len(rows), price=price, **today)
            if self._daily is not None:
                self._steps.run("spend_day", calls=len(rows), price=price, **today)
        self._spent[provider] = self._spent.get(provider, 0.0) + len(rows) * price
        self._cost += len(rows) * price
        self._reserved |= {row["id"]: (provider, price) for row in rows}
        return {bytes(row["subject_key"]): row["id"] for row in rows}

    def has_budget(self, provider: str, price: float) -> bool:
        """Whether one more call fits."""
        with self._connection.transaction():
            return self._room(provider, price, self._today()) != 0

    def _today(self) -> dict[str, date]:
        """The month and day that a call of now is booked on; a run may go over midnight."""
        day = self._clock().astimezone(UTC).date()
        return {"month": day.replace(day=1), "day": day}

    def _room(self, provider: str, price: float, today: Mapping[str, date]) -> int | None:
        """How many calls the budget still allows; None: no limit. Locks the month, so that no dollar is spent twice."""
        self._steps.run("open_month", provider=provider, **today)
        spent = float(self._steps.one("month_for_update", provider=provider, **today)["spent"])
        budget = self._budgets.get(provider)
        self._prices[provider] = price
        if price <= 0:
            return None
        limits = [] if self._daily is None else [self._daily - self._spent_today(today)]
        if budget is not None:
            limits += [budget.monthly - spent, budget.per_run - self._spent.get(provider, 0.0)]
        return max(0, math.floor(min(limits) / price + 1e-9)) if limits else None

    def _spent_today(self, today: Mapping[str, date]) -> float:
        self._steps.run("open_day", **today)
        return float(self._steps.one("day_for_update", **today)["spent"])

    def settle(self, calls: Sequence[Settled]) -> None:
        """Committed on return. What is not billed goes back to the budget."""
        if not calls:
            return
        is_profile = self._layer in PROFILE_LAYERS
        records = json.dumps([_record(call, is_profile=is_profile) for call in calls], default=str)
        free = [call.call for call in calls if not call.is_billed]
        for call in calls:
            provider, price = self._reserved.pop(call.call, ("", 0.0))  # none: another process reserved it
            if not call.is_billed and provider:
                self._spent[provider] -= price
                self._cost -= price
        opted_out = [call.call for call in calls if call.outcome is Outcome.OPTED_OUT]
        if not (free or opted_out or is_profile):  # the usual case, in one round trip
            self._steps.run("settle", calls=records, now=self._clock())
            return
        with self._connection.transaction():
            self._steps.run("refund", "refund_day", ids=free)
            self._steps.run("settle", calls=records, now=self._clock())
            if is_profile:
                self._steps.run("keep_answers", calls=records)
            if opted_out:
                steps = ("create_opted_out", "suppress_opted_out", "review_opted_out", "forbid_opted_out")
                self._steps.run(*steps, ids=opted_out)

    @contextmanager
    def turn(self, provider: str) -> Iterator[None]:
        """Waits until no other process asks this provider call by call: the rate limit is the account's."""
        self._steps.run("take_turn", provider=provider)
        try:
            yield
        finally:
            if not self._connection.broken:
                self._steps.run("end_turn", provider=provider)

    def orphaned(self, provider: str) -> list[OpenJob]:
        """Open jobs whose process is gone; now they are this one's."""
        found = self._steps.rows("claim_orphaned_jobs", provider=provider)
        return sorted((OpenJob(**row) for row in found), key=lambda job: job.id)

    def begin(self, provider: str, keys: Sequence[bytes], price: float) -> tuple[OpenJob, dict[bytes, int]] | None:
        """A job with its reserved calls, in one transaction; None where the budget allows none."""
        label = f"contact-pipeline-{uuid.uuid4().hex}"
        with self._connection.transaction():
            job = self._steps.one("begin_job", provider=provider, label=label, size=len(keys))
            calls = self.reserve(provider, "job", keys, price, job=job["id"])
            if not calls:
                self.close(job["id"], "failed")
        return (OpenJob(job["id"], label, None), calls) if calls else None

    def uploaded(self, job: int, vendor_job: str) -> None:
        """The provider has it."""
        self._steps.run("uploaded", job=job, vendor_job=vendor_job)

    def calls(self, job: int) -> dict[bytes, int]:
        """The job's calls that are not settled."""
        return {bytes(row["subject_key"]): row["id"] for row in self._steps.rows("job_calls", job=job)}

    def size(self, job: int) -> int:
        """How many calls it has, settled or not."""
        return int(self._steps.one("job_size", job=job)["size"])

    def close(self, job: int, state: str) -> None:
        """`finished`, `failed`, or `outcome_unknown`: then its calls are held for a person."""
        with self._connection.transaction():
            self._steps.run("close_job", job=job, state=state)
            if state == "outcome_unknown":
                self._steps.run("hold_job_calls", job=job)

    @property
    def is_activity(self) -> bool:
        """Whether its answers give no verdict."""
        return self._layer is Layer.ACTIVITY

    def is_month_spent(self, stopped: Mapping[str, str]) -> bool:
        """Whether a provider that ran out of budget did so for this month: less is left than the last price."""
        names = [name for name, why in stopped.items() if why == BUDGET_EXHAUSTED]
        left = {
            r["provider"]: self._budgets[r["provider"]].monthly - float(r["spent"])
            for r in self._steps.rows("months", names=names, **self._today())
        }
        return any(left[name] < self._prices.get(name, 0.0) for name in left)

    def cost(self) -> float:
        """US dollars that this process has spent on this layer, without what was not billed."""
        return self._cost

    def budget_use(self) -> dict[str, float]:
        """Share of the month's budget that is spent, by provider."""
        rows = self._steps.rows("months", names=list(self._budgets), **self._today())
        return {r["provider"]: float(r["spent"]) / max(self._budgets[r["provider"]].monthly, 1e-9) for r in rows}


def spent_by_run(connection: Connection, run_id: str) -> dict[str, float]:
    """US dollars that a run has spent so far, by provider."""
    rows = Script(connection, STEPS, run_id=run_id).rows("spent_by_run")
    return {row["provider"]: row["spent"] for row in rows}


class CatchAllMemory:
    """ops.catch_all_domains; implements smtp_probe.CatchAllMemory."""

    def __init__(self, connection: Connection, *, now: datetime, refresh_days: int) -> None:
        self._steps = Script(connection, STEPS, now=now, refresh_days=refresh_days)

    def get(self, domain: str) -> bool | None:
        """None: not known, or not fresh."""
        rows = self._steps.rows("catch_all", domain=domain)
        return rows[0]["is_catch_all"] if rows else None

    def put(self, domain: str, is_catch_all: bool) -> None:
        """Found out just now."""
        self._steps.run("remember_catch_all", domain=domain, is_catch_all=is_catch_all)


def _record(settled: Settled, *, is_profile: bool) -> dict[str, Any]:
    """One call as ops.provider_calls holds it. The subject stays out: only its key is there."""
    record: dict[str, Any] = {
        "id": settled.call, "outcome": str(settled.outcome), "fault": settled.fault and str(settled.fault),
        "latency_ms": settled.latency_ms, "is_billed": settled.is_billed,
    }  # fmt: skip
    reply = settled.reply
    if reply is None or reply.outcome is Outcome.FAILED:
        return record | {"retry_after_s": FAILURE_RESTS_S}
    if reply.outcome is Outcome.PENDING:
        return record | {"raw_status": reply.raw_status, "retry_after_s": reply.retry_after_s or FAILURE_RESTS_S}
    status = reply.answer.settled_status() if reply.answer is not None else None
    rests = reply.retry_after_s or (UNKNOWN_RESTS_S if status == "unknown" else None)
    if reply.answer is None:
        facts = None
    elif is_profile:
        facts = asdict(reply.answer)  # it has parts; its copying costs 70 us, which a flat answer need not pay
    else:
        facts = {f.name: getattr(reply.answer, f.name) for f in fields(reply.answer)}
    if is_profile:  # the provider's name for a person and what it says of them stand in core.provider_answers only
        return record | {
            "status": status, "raw_status": reply.raw_status, "is_known": reply.is_known, "answer": facts,
            "raw_sub_status": reply.raw_sub_status,
            "retry_after_s": rests if settled.outcome is Outcome.ANSWERED and status != "unknown" else None,
        }  # fmt: skip
    return record | {
        "reference": reply.reference, "status": status, "sub_status": facts and facts.get("sub_status"),
        "raw_status": reply.raw_status, "raw_sub_status": reply.raw_sub_status, "is_known": reply.is_known,
        "facts": facts, "retry_after_s": rests if settled.outcome is Outcome.ANSWERED else None,
    }  # fmt: skip
