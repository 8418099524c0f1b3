"""SIGKILL at every step of asking about people and of applying what is known, then reruns: who is paid twice was in
flight, and the tables are those of a run that nobody disturbed.

Every check is also made of a ledger or a store that breaks its promise, and must notice.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from contact_pipeline_tests.dns_server import DnsServer
from contact_pipeline_tests.lab.asking_killed import AskingTrial
from contact_pipeline_tests.lab.dump import CONTACTS, SURROGATES, WRITTEN_AT
from contact_pipeline_tests.lab.failpoints import Bench
from contact_pipeline_tests.lab.lab import KEY, Lab, csv
from contact_pipeline_tests.lab.persons import known_person, person_of
from contact_pipeline_tests.lab.provider_child import AT_ONCE, FLOWS, PRICE, Step, ask, stepping
from contact_pipeline_tests.lab.vendors.fullcontact import FullContact
from contact_pipeline_tests.lab.vendors.phantombuster import PhantomBuster

# What enrichment leaves behind; the ledger of calls is checked apart, as it also knows those that were lost.
TABLES = (
    "core.contacts", "core.contact_points", "core.companies", "core.provider_answers", "core.profile_claims",
    "core.identity_checks", "core.field_agreement", "core.enrichment_history", "core.suppressions", "ops.reviews",
    "audit.changes", "raw.drops",
)  # fmt: skip
BOOKED = "select encode(subject_key, 'hex'), count(*) from ops.provider_calls group by 1"
SPENT = """
select (select coalesce(sum(spent), 0)::float from ops.provider_months),
    (select coalesce(sum(spent), 0)::float from ops.enrichment_days)
"""
LEFT = """
select (select count(*) from ops.provider_calls where outcome = 'reserved')
    + (select count(*) from ops.provider_jobs where state in ('uploading', 'uploaded'))
"""


def people() -> list[str]:
    """`address,name,page,title` rows: two whom FullContact knows with a number, one it does not know, somebody else."""
    numbered, unknown = [], []
    for n in range(1, 200):
        email = f"clara.dorn{n}@ok.test"
        person = person_of(email, "fullcontact")
        if person is None and person_of(email) is not None:
            unknown.append(email)
        elif person and person.phone:
            numbered.append(email)
    rows: list[str] = []
    for email in (*numbered[:2], unknown[0], "stranger-clara.dorn@ok.test"):
        person = known_person(email)
        name = "Clara Dorn" if email.startswith("stranger") else person.name
        title = "" if rows else "Lighthouse Keeper"  # the first one's is disputed
        rows.append(f"{email},{name},https://www.linkedin.com/in/{person.linkedin},{title}")
    return rows


# Between asking and applying is `writing`, between applying and publishing `derive`.
MOMENTS = {"reserve", "request", "settle", "writing", "update_contacts", "note_profiles", "record", "derive"}
HEADER = "Email,Name,LinkedIn URL,Title"
ROWS = people()


def tables(lab: Lab) -> dict[str, list[str]]:
    """TABLES, without what differs between two runs that did the same."""
    names = dict(lab.rows("select contact_id, row_number from core.contact_sources"))
    left_out = SURROGATES | {"call_id"}

    def line(table: str, row: dict[str, Any]) -> str:
        kept = {name: value for name, value in row.items() if name not in left_out}
        kept |= {name: row[name] is not None for name in WRITTEN_AT & row.keys()}
        kept |= {name: names.get(row[name]) for name in CONTACTS & row.keys()}
        return json.dumps(kept | ({"contact": names[row["id"]]} if table == "core.contacts" else {}), sort_keys=True)

    return {
        table: sorted(line(table, row) for (row,) in lab.rows(f"select to_jsonb(t) from {table} t")) for table in TABLES
    }


@dataclass
class Trial(AskingTrial):
    """undisturbed: the tables that a run leaves whom nobody kills."""

    undisturbed: dict[str, list[str]] = field(default_factory=dict)

    def run(self) -> None:
        """What a run of the graph does from the first stage on that enrichment can give work."""
        self.lab.validate_emails(self.key)
        self.lab.normalize_phones(self.key)
        ask(self.lab, self.flow, self.vendor.url, self.key, self.broken)

    def ends(self) -> None:
        """Two runs: what was bought and found dead in the first is due again, and nobody is asked in the second."""
        self.run()
        paid = self.vendor.paid.total()
        self.run()
        assert self.broken or self.vendor.paid.total() == paid

    def faults(self, *, may_repeat: int = 0) -> set[str]:
        """Promises that were not kept."""
        booked = dict(self.lab.rows(BOOKED))
        by_month, by_day = self.lab.row(SPENT)
        now = tables(self.lab)
        kept = {
            "paid again": self.again <= may_repeat,
            "paid and not booked": all(n <= booked.get(_key(who), 0) for who, n in self.vendor.paid.items())
            and min(by_month, by_day) >= self.vendor.paid.total() * PRICE - 1e-9,
            "left unfinished": self.lab.value(LEFT) == 0,
            "other tables": now == (self.undisturbed or now),
        }
        return {promise for promise, is_kept in kept.items() if not is_kept}


def _key(subject: str) -> str:
    """The ledger's, of an address, a page or a domain as the vendor was asked about it."""
    if "/in/" in subject:
        return KEY.digest(f"linkedin:{subject}").hex()
    return (KEY.email(subject) if "@" in subject else KEY.digest(f"domain:{subject}")).hex()


class Trials:
    """Trials, each from the same start."""

    def __init__(self, lab: Lab, folder: Path, dns: DnsServer) -> None:
        self._lab, self._folder, self._dns = lab, folder, dns

    @contextmanager
    def trial(self, flow: str, broken: str | None = None) -> Iterator[Trial]:
        """An empty database, the drop judged, nobody asked."""
        lab = self._lab
        lab.forget_everything()
        key = lab.take("crm", csv(HEADER, *ROWS))
        lab.validate_emails(key)
        lab.normalize_phones(key)
        bench = Bench(lab.session.database_url, self._folder, self._dns.address, lab.now)
        with FullContact() if flow == "people" else PhantomBuster(polls=0) as vendor:
            yield Trial(lab, bench, flow, vendor, key, broken)

    def undisturbed(self, flow: str) -> tuple[list[Step], dict[str, list[str]]]:
        """Every step of a run that nobody kills, whose promises are kept, and the tables it leaves."""
        with self.trial(flow) as trial:
            with stepping() as taken:
                trial.run()
            trial.ends()
            assert not trial.faults()
            return taken, tables(self._lab)

    def killed(self, flow: str, kills: Sequence[Step], undisturbed: dict[str, list[str]]) -> dict[Step, set[str]]:
        """What goes wrong, by where the run was killed."""
        found = {}
        for step in kills:
            with self.trial(flow) as trial:
                trial.undisturbed = undisturbed
                trial.dies_at(step)
                trial.ends()
                found[step] = trial.faults(may_repeat=FLOWS[flow].in_flight)
        return {step: faults for step, faults in found.items() if faults}


@pytest.fixture
def trials(lab: Lab, tmp_path: Path, dns: DnsServer) -> Trials:
    return Trials(lab, tmp_path, dns)


def test_sigkill_at_every_step_of_asking_about_people_and_of_applying(trials: Trials) -> None:
    steps, undisturbed = trials.undisturbed("people")
    filled = [table for table in TABLES if undisturbed[table]]
    assert set(TABLES) - set(filled) <= {"core.contact_points", "core.suppressions"}
    assert (
        sum('"phone_status": "unknown"' not in line for line in undisturbed["core.contacts"]) == 2
    )  # found and judged
    kills = [step for step in steps if step.when == "before" and step.what in MOMENTS] + [steps[-1]]
    assert {step.what for step in kills} == MOMENTS
    assert trials.killed("people", kills, undisturbed) == {}


def test_sigkill_while_the_vendor_answers(trials: Trials) -> None:
    """As many as ever are in flight, all done and none told: who was billed among them is paid again, nobody else."""
    _, undisturbed = trials.undisturbed("people")
    for first in range(1, len(ROWS) - AT_ONCE + 2):
        with trials.trial("people") as trial:
            trial.undisturbed = undisturbed
            unanswered = trial.dies_while_asking(first, AT_ONCE)
            billed = sum(trial.vendor.paid[request.json["email"]] for request in unanswered)
            trial.ends()
            assert trial.again == billed > 0
            assert not trial.faults(may_repeat=AT_ONCE)


def test_sigkill_at_every_step_of_looking_at_pages_opens_none_twice(trials: Trials) -> None:
    """Killed between the launch and the note of its id: nobody can tell, so a person must; the rest is applied."""
    steps, undisturbed = trials.undisturbed("pages")
    noted = steps.index(Step("before", "uploaded", 1))
    launch = steps[noted - 1]
    assert launch.what == "request"
    unclear = {Step("before", "request", launch.nth), steps[noted]}
    kills = [step for step in steps[: steps.index(Step("before", "writing", 1)) + 1] if step.when == "before"]
    assert unclear < set(kills)
    found = trials.killed("pages", kills, undisturbed)
    assert found.keys() == unclear
    assert all(faults == {"other tables"} for faults in found.values())


@pytest.mark.parametrize(
    ("broken", "last", "fault"),
    [
        ("forgets answers", Step("before", "writing", 1), "paid again"),
        ("asks everybody", Step("before", "writing", 1), "paid again"),
        ("applies in pieces", Step("before", "update_contacts", 1), "other tables"),
    ],
)
def test_what_breaks_its_promise_is_noticed(trials: Trials, broken: str, last: Step, fault: str) -> None:
    _, undisturbed = trials.undisturbed("people")
    with trials.trial("people", broken) as trial:
        trial.undisturbed = undisturbed
        trial.dies_at(last)
        trial.ends()
        assert fault in trial.faults(may_repeat=AT_ONCE)
