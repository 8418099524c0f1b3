"""`make demo`: 2,000 invented people through the real pipeline, every provider a simulator on loopback.

Prints what each provider and our own probe say against the truth, what the providers of people and companies added
(demo_people.py), and the bill against what the simulators charged. The documented rate limits are proven on a fake
clock (test_limits.py); here they are multiplied by PACE, so that nobody waits an hour. Prints counts, never an address
or a number.
"""

import argparse
import contextlib
import math
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

import click

from contact_pipeline.asking.asker import Asker
from contact_pipeline.asking.bulk_jobs import BulkJobs
from contact_pipeline.asking.call_ledger import CallLedger
from contact_pipeline.asking.pacing import TokenBucket
from contact_pipeline.core.providers import Layer, Provider
from contact_pipeline.drops.intake import Intake
from contact_pipeline.drops.raw_contacts import land_raw_contacts
from contact_pipeline.emails.validated_emails import validate_emails
from contact_pipeline.opening import open_session
from contact_pipeline.people.contacts import apply_contacts
from contact_pipeline.phones.normalized_phones import normalize_phones
from contact_pipeline.profiles.enriched_profiles import enrich_profiles
from contact_pipeline.settings import load_settings
from contact_pipeline.stage.session import Session
from contact_pipeline_tests.lab import demo_campaign, demo_pages, demo_people
from contact_pipeline_tests.lab.demo_campaign import Campaign
from contact_pipeline_tests.lab.demo_people import Enriched
from contact_pipeline_tests.lab.facts import AGENT
from contact_pipeline_tests.lab.people import (
    DEAD_DOMAIN,
    DNS_DOWN,
    INFRASTRUCTURE,
    OPTED_OUT,
    Person,
    invent,
    truth_of,
    write_people,
)
from contact_pipeline_tests.lab.serve import ServedLab, serve_apart
from contact_pipeline_tests.lab.truth import line_of

PACE = 20
PATIENCE_S = 20  # for one provider's column of the matrix; a slower one is asked about every second, third … person
SOURCE = "demo"
MAILBOX = ("emaillistverify", "neverbounce", "zerobounce", "briteverify", "hunter", "reacher", "smtp")
STATUSES = ("valid", "invalid", "risky", "catch_all", "unknown")
NO_ANSWER = "no answer"
MAILED, BOUNCED = "mailed", "bounced"

POLICY = """\
[sources.demo]
documentation = "contact_pipeline_tests/lab: invented people"
lawful_basis = "legitimate_interest"
electronic_marketing = "soft_opt_in"
electronic_marketing_reason = "Invented customers of an invented shop: only a simulator writes to them."
assessment_ref = "LIA-DEMO"
purpose = "{purpose}"

[email]
allow_private_addresses = true
allow_special_use_domains = true
mailbox_providers = [{mailbox}]
mailable_verdicts = ["valid", "catch_all"]

[smtp_probe]
enabled = true
helo_name = "probe.lab.test"
mail_from = "postmaster@probe.lab.test"
timeout_seconds = 2
port = {port}

[enrichment]
daily_budget = 1000

[enrichment.linkedin]
sources = ["demo"]
agent = "{agent}"

{budgets}
"""
BUDGET = "[budgets.{}]\nmonthly = 1000\nper_run = 1000\n"
PAID = (
    "emaillistverify", "neverbounce", "zerobounce", "briteverify", "hunter", "emailage", "twilio", "numverify",
    "clearbit", "fullcontact", "phantombuster",
)  # fmt: skip

Matrix = dict[str, Counter[str]]  # truth → verdict → people


@dataclass(frozen=True)
class BillLine:
    """One provider. asked, billed: subjects, by our ledger. charged: by the simulator. Money in US dollars."""

    provider: str
    asked: int
    billed: int
    charged: int
    price: float
    verdicts: int


@dataclass
class Findings:
    """What the demo found. contacts: before anything was added to them. mailboxes, lines: by provider."""

    people: int
    contacts: Matrix
    enriched: Enriched
    mailboxes: dict[str, Matrix] = field(default_factory=dict)
    lines: dict[str, Matrix] = field(default_factory=dict)
    bill: list[BillLine] = field(default_factory=list)
    campaign: Campaign | None = None
    seconds: float = 0.0

    def infrastructure_faults(self) -> tuple[int, int]:
        """How often somebody could not be asked about, and how often that became a verdict. The second must be 0."""
        rows = [
            row
            for matrix in (self.contacts, *self.mailboxes.values())
            for truth, row in matrix.items()
            if truth in INFRASTRUCTURE
        ]
        return sum(r.total() for r in rows), sum(r.total() - r["unknown"] - r[NO_ANSWER] for r in rows)


def twentyfold(provider: Provider) -> TokenBucket:
    """The documented limit, times PACE."""
    return TokenBucket(provider.limits.calls * PACE, provider.limits.seconds)


def run_demo(
    lab: ServedLab,
    folder: Path,
    *,
    people: Sequence[Person],
    database_url: str = "",
    say: Callable[[str], None] = lambda line: None,
    show: Callable[[Session, Findings], None] = lambda session, found: None,
) -> Findings:
    """folder: passable for everybody, as an embedded server's home is in it where no database_url is given. show: what
    is done while its database is still there."""
    started = time.monotonic()
    file, policy = folder / "people.csv", folder / "contact_pipeline.toml"
    write_people(file, people)
    mailbox = ", ".join(f'"{name}"' for name in MAILBOX)
    policy.write_text(
        POLICY.format(
            mailbox=mailbox,
            port=lab.smtp_port,
            agent=AGENT,
            purpose=demo_campaign.PURPOSE,
            budgets="\n".join(map(BUDGET.format, PAID)),
        )
        + demo_campaign.POLICY,
        "utf-8",
    )
    settings = load_settings(
        {
            **lab.environment,
            "CONTACT_PIPELINE_HOME": str(folder / "home"),
            "CONTACT_PIPELINE_INCOMING": str(folder / "incoming"),
            "CONTACT_PIPELINE_POLICY": str(policy),
            "CONTACT_PIPELINE_DATABASE_URL": database_url,
        },
        root=folder,
    )
    say("the database starts")
    with open_session(settings, actor="demo") as opened:
        session = replace(opened, vendors=replace(opened.vendors, bucket=twentyfold))
        (drop,), _ = Intake(session).take_files([file], SOURCE)
        for stage in (land_raw_contacts, apply_contacts, validate_emails, normalize_phones):
            report = stage(session, drop.key)
            say(f"{report.stage}: {report.rows} rows in {report.seconds:.1f} s")
        contacts, begun = _contacts(session), time.monotonic()
        told = enrich_profiles(session, drop.key)
        say(f"{told.stage}: {told.rows} rows in {time.monotonic() - begun:.1f} s")
        found = Findings(len(people), contacts, demo_people.look_at(session, people, told))
        _ask_everybody(session, people, found, say)
        found.bill = _bill(session, lab)
        begun = time.monotonic()
        found.campaign = demo_campaign.run_campaign(session)
        say(f"a campaign of {found.campaign.listed_before} messages in {time.monotonic() - begun:.1f} s")
        found.seconds = time.monotonic() - started
        show(session, found)
    return found


def _contacts(session: Session) -> Matrix:
    """What the waterfall made of them."""
    matrix: Matrix = {}
    with session.connection("demo") as connection:
        for email, status in connection.execute("select email, email_status from core.contacts"):
            matrix.setdefault(truth_of(email), Counter())[status] += 1
    return matrix


def _ask_everybody(session: Session, people: Sequence[Person], found: Findings, say: Callable[[str], None]) -> None:
    """Each provider about all people: what the waterfall has asked it already is not asked again."""
    vendors = session.vendors
    # As in the pipeline, nobody is asked about a domain that takes no mail.
    emails = [p.email for p in people if truth_of(p.email) not in (DEAD_DOMAIN, DNS_DOWN)]
    # An opt-out takes the number with it; the lines have no row for that, as the mailboxes do.
    phones = [p.phone for p in people if p.phone and truth_of(p.email) != OPTED_OUT]
    columns = [(Layer.MAILBOX, name, emails) for name in vendors.names[Layer.MAILBOX]]
    columns += [(Layer.CARRIER, name, phones) for name in vendors.names[Layer.CARRIER]]

    def fill(layer: Layer, name: str, subjects: list[str]) -> tuple[Layer, str, Matrix]:
        started = time.monotonic()
        asked, matrix = _ask(session, layer, name, subjects)
        every = "" if asked == len(subjects) else f" of {len(subjects)}: its limit allows no more in {PATIENCE_S} s"
        say(f"{name} asked about {asked}{every}, in {time.monotonic() - started:.1f} s")
        return layer, name, matrix

    with ThreadPoolExecutor(len(columns)) as pool:
        for layer, name, matrix in pool.map(lambda column: fill(*column), columns):
            (found.lines if layer is Layer.CARRIER else found.mailboxes)[name] = matrix


def _ask(session: Session, layer: Layer, name: str, subjects: list[str]) -> tuple[int, Matrix]:
    """One column, on a connection of its own. Returns how many subjects it is about."""
    vendors, now = session.vendors, session.clock()
    is_phone = layer is Layer.CARRIER
    key, truth = (session.key.phone, _kind_of) if is_phone else (session.key.email, truth_of)
    with session.connection("demo") as connection:
        provider = vendors.probe(connection, now) if name == "smtp" and vendors.probe else vendors.make(layer, name)
        if not hasattr(provider, "ask_many") and not hasattr(provider, "upload"):
            pace = provider.limits.calls * PACE / provider.limits.seconds
            subjects = subjects[:: max(1, -(-len(subjects) // round(pace * PATIENCE_S)))]
        ledger = CallLedger(
            connection,
            layer,
            now=now,
            refresh_days=session.policy.email.refresh_days,
            budgets=vendors.budgets,
            configured=[name],
            providers=[name],
        )
        asker = Asker(
            ledger, [(provider, vendors.price(layer, name))], key=key, jobs=BulkJobs(ledger), bucket=vendors.bucket
        )
        asker.ask(subjects)
        rows = connection.execute(
            "select subject_key, status, facts ->> 'line_type', facts ->> 'voip_kind' from ops.provider_calls"
            " where layer = %s and provider = %s and outcome = 'answered'",
            (str(layer), name),
        ).fetchall()
        # Hunter's column beside this one hears of people who opted out: from then on nobody asks about their numbers.
        closed = "select subject_key from core.suppressions where channel = 'phone'"
        gone = {bytes(subject) for (subject,) in connection.execute(closed)}
    subjects = [subject for subject in subjects if key(subject) not in gone]
    answers = {bytes(subject): _line(status, *line) if is_phone else status for subject, status, *line in rows}
    matrix: Matrix = {}
    for subject in subjects:
        matrix.setdefault(truth(subject), Counter())[answers.get(key(subject), NO_ANSWER)] += 1
    return len(subjects), matrix


def _kind_of(number: str) -> str:
    return line_of(number).kind


def _line(status: str, line_type: str | None, voip_kind: str | None) -> str:
    """Our word for the line; where there is none, what became of the number."""
    return f"{voip_kind}_{line_type}" if voip_kind else line_type or status


def _bill(session: Session, lab: ServedLab) -> list[BillLine]:
    """curated.provider_costs, and beside it what the simulators say."""
    charged = lab.charged()
    with session.connection("demo") as connection:
        rows = connection.execute(
            "select p.provider, sum(p.calls)::integer, max(c.billed), sum(p.price)::float, sum(p.verdicts)::integer"
            " from curated.provider_costs p join (select provider, count(*) filter (where price > 0) as billed"
            " from ops.provider_calls group by provider) c using (provider) group by 1 order by 1"
        )
        return [
            BillLine(name, asked, billed, charged.get(name, 0), price, verdicts)
            for name, asked, billed, price, verdicts in rows
        ]


def report(found: Findings) -> Iterator[str]:
    """What `make demo` prints."""
    yield f"\nWhat the pipeline says of {found.people} people, cheapest provider first, the next only for what is open"
    yield "(mailed, bounced: of the campaign at the end, by the addresses that enrichment left)"
    yield from _table("truth", with_bounced(found), (*STATUSES, *((MAILED, BOUNCED) if found.campaign else ())))
    for name, matrix in found.mailboxes.items():
        asked = sum(row.total() for row in matrix.values())
        own = "our own SMTP probe" if name == "smtp" else name
        yield f"\n{own}, asked apart about {asked}"
        yield from _table("truth", matrix, (*STATUSES, NO_ANSWER))
    for name, matrix in found.lines.items():
        yield f"\n{name}, the line behind {sum(row.total() for row in matrix.values())} numbers"
        yield from _table("truth", matrix, sorted({word for row in matrix.values() for word in row}))
    yield from demo_people.report(found.enriched)
    yield "\nThe bill: curated.provider_costs, and what the simulators charged (subjects)"
    yield f"{'':20}{'asked':>10}{'billed':>10}{'charged':>10}{'verdicts':>10}{'US $':>10}{'$ a verdict':>13}"
    for line in found.bill:
        each = f"{line.price / line.verdicts:.4f}" if line.verdicts else "-"
        yield (
            f"{line.provider:20}{line.asked:>10}{line.billed:>10}{line.charged:>10}{line.verdicts:>10}"
            f"{line.price:>10.2f}{each:>13}"
        )
    total = math.fsum(line.price for line in found.bill)
    yield f"{'all':20}{'':>10}{'':>10}{'':>10}{'':>10}{total:>10.2f}"
    if found.campaign:
        yield from demo_campaign.report(found.campaign)
    asked, wrong = found.infrastructure_faults()
    yield f"\nVerdicts about people whose server or DNS could not be asked: {wrong} of {asked}."
    yield (
        f"{found.seconds:.0f} s. The lab ran at {PACE} times the documented limits;"
        " test_limits.py proves the limits themselves on a fake clock."
    )


def with_bounced(found: Findings) -> Matrix:
    """The verdicts, and beside them who was written to afterwards, and whose message came back for good."""
    campaign = found.campaign
    if campaign is None:
        return found.contacts
    return {
        truth: row + Counter({MAILED: campaign.mailed[truth], BOUNCED: campaign.bounced[truth]})
        for truth, row in found.contacts.items()
    }


def _table(corner: str, matrix: Matrix, words: Collection[str]) -> Iterator[str]:
    used = [word for word in words if word != NO_ANSWER or any(row[word] for row in matrix.values())]
    yield f"{corner:20}" + "".join(f"{word:>{max(10, len(word) + 2)}}" for word in used)
    for truth in sorted(matrix):
        yield f"{truth:20}" + "".join(f"{matrix[truth][word] or '.':>{max(10, len(word) + 2)}}" for word in used)


@contextlib.contextmanager
def throw_away_folder() -> Iterator[Path]:
    """Passable for the account the server runs under when we are root."""
    with tempfile.TemporaryDirectory(prefix="contact-pipeline-demo-", dir="/tmp") as name:
        Path(name).chmod(0o711)
        yield Path(name)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog=f"python -m {__spec__.name}", description=__doc__)
    parser.add_argument("--people", type=int, default=2_000)
    parser.add_argument("--domains", type=int, default=200, help="ordinary mail domains they live at")
    parser.add_argument("--serve", action="store_true", help="stay, and show its pages until Ctrl-C")
    arguments = parser.parse_args()
    started = time.monotonic()

    def show(session: Session, found: Findings) -> None:
        for line in report(replace(found, seconds=time.monotonic() - started)):
            click.echo(line)
        if not arguments.serve:
            click.echo("\nIts pages in a browser: make demo SERVE=1")
            return
        with demo_pages.pages(session) as (said, serve_until_stopped):
            click.echo(f"\n{said}")
            serve_until_stopped()

    def say(line: str) -> None:
        click.echo(f"{time.monotonic() - started:6.1f} s  {line}", err=True)

    say(f"{arguments.people} invented people; providers, DNS and mail hosts are simulators on loopback, limits x{PACE}")
    with throw_away_folder() as folder, serve_apart(domains=arguments.domains) as lab:
        people = invent(arguments.people, domains=arguments.domains)
        found = run_demo(lab, folder, people=people, say=say, show=show)
    raise SystemExit(found.infrastructure_faults()[1] > 0)


if __name__ == "__main__":
    main()
