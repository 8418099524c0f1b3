"""Any sequence of lists, corrections, rollbacks and their undoing leaves what a model of a few lines says, and a whole
chain; then the person is erased, and nothing comes back."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from contact_pipeline.core.errors import UsageError
from contact_pipeline.history.chain import verify
from contact_pipeline.history.rolling_back import ConflictError, Wanted, roll_back
from contact_pipeline.profiles.reviewing import say
from contact_pipeline_tests.lab.erasures import erase
from contact_pipeline_tests.lab.lab import Lab, csv

MIA = "mia-one@ok.test"
TRUST = {"shop": 0.9, "fair": 0.4}  # the lab's; too far apart for a dispute
PERSON = 9.0


@dataclass
class Claim:
    at: int
    trust: float
    value: str
    drop: str | None = None
    counts: bool = True


@dataclass
class Model:
    """One field of one contact."""

    claims: list[Claim] = field(default_factory=list)
    rulings: list[tuple[int, str, str | None]] = field(default_factory=list)  # at, rollback, value
    value: str | None = None
    past: list[str | None] = field(default_factory=list)

    def heard(self) -> list[Claim]:
        until = self.rulings[-1][0] if self.rulings else -1
        return [c for c in self.claims if c.counts and c.at > until]

    def decide(self) -> None:
        best = max(self.heard(), key=lambda c: (c.trust, c.at), default=None)
        if best is not None:
            self.value = best.value
        elif self.rulings:
            self.value = self.rulings[-1][2]

    def withdraw(self, drop: str) -> None:
        mine = {c.value for c in self.claims if c.drop == drop}
        for claim in self.claims:
            claim.counts = claim.counts and claim.drop != drop
        ruled = {self.rulings[-1][2]} if self.rulings and not self.heard() else set()
        if self.value in mine - {c.value for c in self.heard()} - ruled:
            self.value = None
        self.decide()


values = st.sampled_from(["CEO", "CTO", "CFO"])
steps = st.lists(
    st.one_of(
        st.tuples(st.just("drop"), st.sampled_from(sorted(TRUST)), values),
        st.tuples(st.just("say"), values),
        st.tuples(st.just("withdraw"), st.integers(0, 3)),
        st.tuples(st.just("back"), st.integers(0, 5)),
        st.tuples(st.just("undo"), st.integers(0, 2)),
    ),
    min_size=3,
    max_size=8,
)


class Bench:
    """The real thing and the model, step by step."""

    def __init__(self, lab: Lab) -> None:
        self.lab, self.model, self.clock = lab, Model(), 0
        self.drops: list[str] = []
        self.rollbacks: list[tuple[str, str]] = []  # id, what it withdrew
        self.instants: list[tuple[datetime, str | None]] = []
        self.drop("shop", "CEO")

    def drop(self, source: str, value: str) -> None:
        self.clock += 1
        number = len(self.drops)
        key = self.lab.drop(source, csv("Name,Email,Title,Note", f"Mia Lopez,{MIA},{value},{number}"))
        self.drops.append(key)
        self.model.claims.append(Claim(self.clock, TRUST[source], value, key))
        self.model.decide()

    def say(self, value: str) -> None:
        self.lab.passes(minutes=1)
        self.clock += 1
        with self.lab.session.connection("test") as connection, connection.transaction():
            say(self.lab.session, connection, self.contact(), {"title": value})
        self.model.claims = [c for c in self.model.claims if c.trust != PERSON]
        self.model.claims.append(Claim(self.clock, PERSON, value))
        self.model.decide()

    def withdraw(self, number: int) -> None:
        key = self.drops[number % len(self.drops)]
        if done := self._roll(Wanted("drop", key, "test")):
            self.rollbacks.append((done, key))
            self.model.withdraw(key)

    def back(self, number: int) -> None:
        at, value = self.instants[number % len(self.instants)]
        self.lab.passes(minutes=1)
        self.clock += 1
        if done := self._roll(Wanted("contact", str(self.contact()), "test", to=at, field="title")):
            self.rollbacks.append((done, ""))
            if value != self.model.value:
                self.model.rulings.append((self.clock, done, value))
                self.model.value = value

    def undo(self, number: int) -> None:
        if not self.rollbacks:
            return
        rollback, key = self.rollbacks[number % len(self.rollbacks)]
        before = self.title()
        if not (done := self._roll(Wanted("run", rollback, "test"))):
            return
        if key:
            self.rollbacks.append((done, ""))
            for claim in self.model.claims:
                claim.counts = claim.counts or claim.drop == key
            self.model.decide()
        else:
            self.rollbacks.append((done, ""))
            ruled = [r for r in self.model.rulings if r[1] == rollback]
            self.model.rulings = [r for r in self.model.rulings if r[1] != rollback]
            if ruled:
                self.model.value = self.model_before(rollback, before)

    def model_before(self, rollback: str, now: str | None) -> str | None:
        """What the rollback has replaced, as its own change tells: a later change would have been a conflict."""
        rows = self.lab.rows(
            "select old_value from audit.changes where run_id = %s and field = 'title' order by id limit 1", rollback
        )
        return rows[0][0] if rows else now

    def _roll(self, wanted: Wanted) -> str | None:
        try:
            return roll_back(self.lab.session, wanted).id
        except (UsageError, ConflictError):
            return None

    def contact(self) -> int:
        return int(self.lab.value("select id from core.contacts"))

    def title(self) -> Any:
        return self.lab.value("select title from core.contacts")

    def look(self) -> None:
        assert self.title() == self.model.value
        self.instants.append((self.lab.database_now(), self.model.value))


@settings(
    max_examples=12, deadline=None, phases=[Phase.explicit, Phase.generate], derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(steps)
@example([("say", "CFO"), ("back", 0), ("drop", "fair", "CTO"), ("withdraw", 1), ("undo", 1)])
@example([("drop", "shop", "CTO"), ("back", 0), ("withdraw", 0), ("undo", 0), ("drop", "shop", "CFO"), ("undo", 1)])
def test_whatever_is_rolled_back_the_model_agrees(lab: Lab, steps: list[tuple[Any, ...]]) -> None:
    lab.forget_everything()
    bench = Bench(lab)
    bench.look()
    for name, *arguments in steps:
        getattr(bench, name)(*arguments)
        bench.look()
    assert verify(lab.session).faults == []
    erase(lab, MIA)
    for at, _ in bench.instants:
        with pytest.raises(UsageError):
            roll_back(lab.session, Wanted("contact", str(bench.contact()), "test", to=at))
    for rollback, _ in bench.rollbacks:
        bench._roll(Wanted("run", rollback, "test"))
    assert bench.title() is None
    assert verify(lab.session).faults == []
