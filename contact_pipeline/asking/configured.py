"""The configured providers, ready to be asked for one drop: each layer's waterfall over one ledger."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from contact_pipeline.adapters.postgres.engine import Connection
from contact_pipeline.asking.asker import Asker
from contact_pipeline.asking.bulk_jobs import BulkJobs
from contact_pipeline.asking.call_ledger import Budget, CallLedger, spent_by_run
from contact_pipeline.asking.pacing import TokenBucket
from contact_pipeline.asking.settling import BUDGET_EXHAUSTED, Shortfall, Tally
from contact_pipeline.core.providers import Layer, Provider

PROVIDER_RESTS = timedelta(hours=1)


def _none(layer: Layer, name: str) -> Provider:
    raise LookupError(f"no provider {name} for {layer}")


def documented_pace(provider: Provider) -> TokenBucket:
    """As fast as the provider's documented limit allows."""
    return TokenBucket(provider.limits.calls, provider.limits.seconds)


@dataclass(frozen=True)
class ConfiguredVendors:
    """names: by layer, in the policy's order. make: called when a layer is first asked. price: for one subject.

    recipients: by layer, who is given what is asked about, in words for people.
    """

    names: Mapping[Layer, Sequence[str]] = field(default_factory=dict)
    make: Callable[[Layer, str], Provider] = _none
    price: Callable[[Layer, str], float] = lambda layer, name: 0.0
    budgets: Mapping[str, Budget] = field(default_factory=dict)
    recipients: Mapping[Layer, Sequence[str]] = field(default_factory=dict)
    probe: Callable[[Connection, datetime], Provider] | None = None  # our own; it remembers catch-all domains
    bucket: Callable[[Provider], TokenBucket] = documented_pace  # a lab has another

    def of(self, *layers: Layer) -> tuple[tuple[str, ...], ...]:
        """Names of these layers: part of a stage's rules, because another provider may settle what is unknown."""
        return tuple(tuple(self.names.get(layer, ())) for layer in layers)

    def waterfalls(self, layer: Layer) -> list[tuple[str, ...]]:
        """Names of the providers that answer the same question, in the order of asking."""
        found: dict[str, list[str]] = {}
        for name in self.names.get(layer, ()):
            question = _question(self.make(layer, name)) if layer is Layer.ACTIVITY else ""
            found.setdefault(question, []).append(name)
        return [tuple(names) for names in found.values()]


class Asked:
    """What came of asking, over the askers of a stage."""

    askers: list[Asker]
    ledgers: list[CallLedger]

    @property
    def tallies(self) -> list[Tally]:
        """What came of it, by question."""
        return [asker.tally for asker in self.askers]

    def stopped(self) -> dict[str, str]:
        """Providers that were left for this run because of a fault, and why; a spent budget has its own alert."""
        found = {name: why for tally in self.tallies for name, why in tally.stopped.items()}
        return {name: why for name, why in found.items() if why != BUDGET_EXHAUSTED}

    def went_well(self) -> set[str]:
        """Providers that answered and were not left."""
        return {name for tally in self.tallies for name in tally.answered} - set(self.stopped())

    def counts(self) -> dict[str, int]:
        """For the stage's report: what each provider was asked, answered and failed."""
        found: Counter[str] = Counter()
        for tally in self.tallies:
            for what, numbers in (("asked", tally.asked), ("answered", tally.answered), ("failed", tally.failed)):
                found.update({f"{what} {name}": n for name, n in numbers.items() if n})
        return dict(found)

    def budget_use(self) -> dict[str, float]:
        """Share of the month's budget that is spent, by provider."""
        return {name: share for ledger in self.ledgers for name, share in ledger.budget_use().items()}


class Questions(Asked):
    """Asks the providers of some layers about the subjects of one drop; call it with chunks of them."""

    def __init__(
        self,
        vendors: ConfiguredVendors,
        connection: Connection,
        layers: Mapping[Layer, int],
        *,
        key: Callable[[str], bytes],
        now: datetime,
        drop_key: str,
        run_id: str | None,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        """layers: each with the days its answers stay fresh, in the order of asking."""
        self._now = now
        # One cap for a provider, whatever it is asked about in this run, and by however many stages and drops of it.
        spent = spent_by_run(connection, run_id) if run_id else {}
        self.ledgers, self.askers = [], []
        for layer, refresh_days in layers.items():
            providers = [
                (
                    vendors.probe(connection, now) if name == "smtp" and vendors.probe else vendors.make(layer, name),
                    price,
                )
                for name in vendors.names.get(layer, ())
                for price in [vendors.price(layer, name)]
            ]
            for question in dict.fromkeys(_question(provider) for provider, _ in providers):
                asked = [(p, price) for p, price in providers if _question(p) == question]
                ledger = CallLedger(
                    connection,
                    layer,
                    now=now,
                    refresh_days=refresh_days,
                    budgets=vendors.budgets,
                    configured=[p.name for p, _ in asked],
                    providers=[p.name for p, _ in asked] if layer is Layer.ACTIVITY else None,
                    drop_key=drop_key,
                    run_id=run_id,
                    clock=clock,
                    spent=spent,
                )
                self.ledgers.append(ledger)
                self.askers.append(Asker(ledger, asked, key=key, jobs=BulkJobs(ledger), bucket=vendors.bucket))

    def __call__(self, subjects: Iterable[str]) -> None:
        """Layer after layer; what is known and fresh is not asked."""
        subjects = list(subjects)
        for asker in self.askers:
            asker.ask(subjects)

    def shortfall(self) -> Shortfall:
        """Why some subjects may have no answer, in a word of ours, and when it is worth trying again.

        Activity gives no verdict, so its providers have no say in the word; they have a date of their own.
        """
        pairs = list(zip(self.askers, self.ledgers, strict=True))
        reason, again_at = self._why([pair for pair in pairs if not pair[1].is_activity])
        short = [pair for pair in pairs if pair[1].is_activity and pair[0].tally.shortfall]
        return Shortfall(
            reason,
            again_at,
            activity_again_at=self._why(short)[1] if short else None,
            activity_short=tuple(name for asker, _ in short for name in asker.names),
        )

    def _why(self, pairs: Sequence[tuple[Asker, CallLedger]]) -> tuple[str | None, datetime]:
        words = {asker.tally.shortfall for asker, _ in pairs} - {None}
        if BUDGET_EXHAUSTED not in words:
            return (words.pop() if words else None), self._now + PROVIDER_RESTS
        if any(ledger.is_month_spent(asker.tally.stopped) for asker, ledger in pairs):
            return BUDGET_EXHAUSTED, _next_month(self._now)
        return BUDGET_EXHAUSTED, self._now + PROVIDER_RESTS  # one run's share is used up, the month's is not


def _question(provider: Provider) -> str:
    """Activity providers answer different questions (use, risk): one does not spare the other."""
    return str(getattr(provider, "question", ""))


def _next_month(now: datetime) -> datetime:
    first = now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (first + timedelta(days=32)).replace(day=1)
