"""A drill: can this program's backups be restored, and is everything there? On invented people, in HOMEs of its own.

A worker process loads, closes and erases at random and ships its log; then it and its server are killed (kill -9), the
data folder is deleted, the backup is restored into a new HOME and held against what the worker had said.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from contact_pipeline.adapters.postgres import server
from contact_pipeline.adapters.postgres.engine import Script, beside
from contact_pipeline.core.clock import utc_now
from contact_pipeline.core.errors import PermanentError
from contact_pipeline.history.drill_work import rows_of
from contact_pipeline.history.restoring import Restored, restore
from contact_pipeline.policy.file import Policy
from contact_pipeline.settings import Settings, load_settings
from contact_pipeline.stage.session import Session

STEPS = beside(__file__)

WORKER = "contact_pipeline.cli.drilled"  # opens its own session, which lies above this room
RPO_S = 60.0  # what a lost disk may cost
PATIENCE_S = 300.0

POLICY = """
[backup]
to = "{place}"

[sources.drill]
documentation = "Invented people of a drill."
lawful_basis = "contract"
purpose = "drill"

[sources.drill_optouts]
documentation = "Who has opted out of a drill."
"""


@dataclass(frozen=True)
class Drilled:
    """What came of it. rpo_s: from the last shipped log to the plug. rto_s: of the restore. lost: contacts that were
    acknowledged after the last shipped log and are not back. findings: empty, or what must not be."""

    actions: int
    rows: int
    contacts: int
    opt_outs: int
    erased: int
    lost: int
    rpo_s: float
    rto_s: float
    findings: tuple[str, ...] = ()

    def told(self) -> str:
        """In one line."""
        return (
            f"{self.actions} actions, {self.rows:,} rows compared, {self.contacts} contacts, {self.opt_outs} opt-outs"
            f" and {self.erased} erased held; {self.rpo_s:.1f} s behind when the plug was pulled (RPO, at most"
            f" {RPO_S:.0f} s), {self.lost} contact(s) of these lost, back after {self.rto_s:.1f} s (RTO)."
        )


@dataclass
class _Said:
    """What the worker has acknowledged."""

    events: list[dict[str, Any]] = field(default_factory=list)

    def emails(self, *kinds: str) -> set[str]:
        return {email for event in self.events if event["did"] in kinds for email in event["emails"]}

    @property
    def last_shipping(self) -> int:
        return max(number for number, event in enumerate(self.events) if event["did"] == "ship")


def drill(
    open_session: Callable[[Settings], AbstractContextManager[Session]],
    *,
    seed: int | None = None,
    shippings: int = 3,
    people: int = 20,
    spoil: Callable[[Path], None] | None = None,
) -> Drilled:
    """Run one. seed: what happens, and when the plug is pulled; None: another each time. spoil: does harm to the folder
    before the restore, so that a test sees the drill find it. Raises what a restore raises."""
    seed = int.from_bytes(os.urandom(4), "big") if seed is None else seed
    with _open_folder() as folder:
        settings = _installation(folder)
        said, killed_at = _work_until_the_plug(settings, folder, seed, shippings, people)
        area = server.folder(settings)
        assert area is not None  # noqa: S101 - it is embedded
        shutil.rmtree(area / "data")
        if spoil is not None:
            spoil(folder)
        policy = Policy.model_validate({"backup": {"to": str(folder / "backups")}})
        clock = time.monotonic()
        done = restore(settings, policy, open_session, to=str(folder / "restored"), now=utc_now())
        rto_s = time.monotonic() - clock
        target = load_settings(_environment(folder, folder / "restored"), root=folder)
        with open_session(target) as session:
            return _compare(session, folder, said, done, killed_at, rto_s)


def _installation(folder: Path) -> Settings:
    (folder / "policy.toml").write_text(POLICY.format(place=folder / "backups"), encoding="utf-8")
    return load_settings(_environment(folder, folder / "home"), root=folder)


def _environment(folder: Path, home: Path) -> dict[str, str]:
    return {
        "CONTACT_PIPELINE_HOME": str(home),
        "CONTACT_PIPELINE_INCOMING": str(folder / "incoming"),
        "CONTACT_PIPELINE_POLICY": str(folder / "policy.toml"),
    }


def _work_until_the_plug(
    settings: Settings, folder: Path, seed: int, shippings: int, people: int
) -> tuple[_Said, datetime]:
    """Everything is dead when this returns, in the middle of whatever it was at."""
    outside = {name: value for name, value in os.environ.items() if not name.startswith("CONTACT_PIPELINE_")}
    log = (folder / "worker.log").open("wb")
    worker = subprocess.Popen(
        [sys.executable, "-m", WORKER, str(folder), str(seed), str(people)],
        env=outside | _environment(folder, settings.home),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
        start_new_session=True,
    )
    assert worker.stdout is not None  # noqa: S101 - a pipe
    said, more = _Said(), seed % 5  # so many actions after the last shipping that counts
    alarm = _after(PATIENCE_S, lambda: os.killpg(worker.pid, signal.SIGKILL))
    try:
        for line in worker.stdout:
            said.events.append(json.loads(line))
            shipped = sum(event["did"] == "ship" for event in said.events)
            if shipped >= shippings:
                if more == 0:
                    break
                more -= 1
        killed_at = utc_now()
        _kill_server(settings)
    finally:
        alarm.cancel()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
        # What it had said before it died was acknowledged, too.
        said.events += [json.loads(line) for line in worker.stdout if line.endswith("\n")]
        worker.stdout.close()
        log.close()
    if sum(event["did"] == "ship" for event in said.events) < shippings:
        # Invented people, and a folder that goes: what it said may be told.
        last = (folder / "worker.log").read_text(errors="replace").strip().rpartition("\n")[2]
        raise PermanentError(f"The drill's worker ended by itself, so nothing was drilled: {last}")
    return said, killed_at


def _after(seconds: float, act: Callable[[], None]) -> threading.Timer:
    timer = threading.Timer(seconds, act)
    timer.daemon = True
    timer.start()
    return timer


def _kill_server(settings: Settings) -> None:
    """The postmaster and its children, as a lost machine would."""
    area = server.folder(settings)
    assert area is not None  # noqa: S101 - it is embedded
    postmaster = int((area / "data" / "postmaster.pid").read_text().splitlines()[0])
    for pid in (postmaster, *_children(postmaster)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _children(parent: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            if stat.read_text().rpartition(")")[2].split()[1] == str(parent):
                found.append(int(stat.parent.name))
    return found


@contextmanager
def _open_folder() -> Iterator[Path]:
    """A temporary folder that the server's account may pass through."""
    folder = Path(tempfile.mkdtemp(prefix="contact_pipeline_drill-"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _compare(session: Session, folder: Path, said: _Said, done: Restored, killed_at: datetime, rto_s: float) -> Drilled:
    shipping = said.events[said.last_shipping]
    later = said.events[said.last_shipping + 1 :]
    touched = {name for event in later for name in event.get("whose", ())}
    truth: Mapping[str, Sequence[Sequence[str]]] = json.loads((folder / shipping["truth"]).read_text())
    opted_out, erased = said.emails("opt_out") - said.emails("erase"), said.emails("erase")
    everybody = said.emails("drop") - said.emails("erase", "begin")
    with session.connection("drill") as connection:
        steps, found = Script(connection, STEPS), rows_of(connection)

        def lacking(step: str, emails: set[str]) -> int:
            keys = [session.key.email(email) for email in emails]
            return len(keys) - int(steps.one(step, keys=keys)["found"])

        is_open = lacking("closed", opted_out)
        is_back = len(erased) - lacking("known", erased)
        lost = lacking("known", everybody)
        contacts = steps.one("count")["found"]
    findings = []
    for table, rows in truth.items():
        there = {tuple(row) for row in found[table]}
        missing = sum(tuple(row) not in there for row in rows if row[0] not in touched)
        if missing:
            findings.append(f"{missing} row(s) of {table} that were shipped are not there as they were")
    if is_open:
        findings.append(f"{is_open} opt-out(s) are lost")
    if is_back:
        findings.append(f"{is_back} erased people are back")
    rpo_s = (killed_at - datetime.fromisoformat(shipping["at"])).total_seconds()
    if rpo_s > RPO_S:
        findings.append(f"the log was {rpo_s:.0f} s behind, more than {RPO_S:.0f}")
    if done.has_gap:
        findings.append("the log has a gap")
    return Drilled(
        actions=sum(event["did"] not in ("begin", "ship") for event in said.events),
        rows=sum(len(rows) for rows in truth.values()),
        contacts=contacts,
        opt_outs=len(opted_out),
        erased=len(erased),
        lost=lost,
        rpo_s=round(rpo_s, 1),
        rto_s=round(rto_s, 1),
        findings=tuple(findings),
    )
