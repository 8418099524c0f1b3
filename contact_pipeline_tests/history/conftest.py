"""An installation with an embedded server of its own, and a backup of it."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import pytest

from contact_pipeline.core.clock import utc_now
from contact_pipeline.drops.intake import Intake
from contact_pipeline.history.backing_up import BackedUp, back_up
from contact_pipeline.history.restoring import Restored, restore
from contact_pipeline.opening import open_session
from contact_pipeline.policy.file import Policy
from contact_pipeline.settings import Settings, load_settings
from contact_pipeline.stage.session import Session
from contact_pipeline_tests.conftest import open_folder
from contact_pipeline_tests.lab.lab import STAGES

POLICY = """
[backup]
to = "{to}"

[sources.crm]
documentation = "Invented people."
lawful_basis = "contract"
purpose = "sales"
"""


@dataclass
class Home:
    """A HOME with its embedded server, whose backups go to `place`."""

    folder: Path
    settings: Settings
    opened: ExitStack = field(default_factory=ExitStack)
    restored: int = 0

    @property
    def place(self) -> Path:
        return self.folder / "place"

    @property
    def policy(self) -> Policy:
        return Policy.model_validate({"backup": {"to": str(self.place)}})

    def session(self) -> Session:
        return self.opened.enter_context(open_session(self.settings))

    def restore(self, *, to: str | None = None, settings: Settings | None = None, **options: object) -> Restored:
        """Into a new folder, unless `to` names one."""
        self.restored += 1
        target = to or str(self.folder / f"restored-{self.restored}")
        asked = settings or self.settings
        return restore(asked, self.policy, open_session, to=target, now=utc_now(), **options)  # type: ignore[arg-type]

    def there(self, done: Restored) -> set[str]:
        """Whose addresses are in a restored HOME."""
        settings = replace(
            self.settings,
            home=Path(done.target),
            key_file=Path(done.target) / "keys" / "subject.key",
            ledger=Path(done.target) / "ledger",
        )
        with open_session(settings) as session:
            return people(session)


def people(session: Session) -> set[str]:
    """Addresses in the database."""
    with session.connection("test") as connection:
        return {row[0] for row in connection.execute("select email from core.contacts where email is not null")}


def drop(session: Session, *emails: str, source: str = "crm", name: str = "people.csv") -> str:
    """A file of these people, through every stage; returns its key."""
    path = session.settings.incoming / source / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("Name,Email\n" + "".join(f"Some Body{i},{email}\n" for i, email in enumerate(emails)))
    (taken,), _ = Intake(session).take_incoming([f"{source}/{name}"])
    for stage in STAGES.values():
        stage.work(session, taken.key)
    return taken.key


def now_there(session: Session) -> datetime:
    """The database's clock."""
    with session.connection("test") as connection:
        found = connection.execute("select clock_timestamp()").fetchone()
    assert found is not None
    moment: datetime = found[0]
    return moment


def make_home(folder: Path) -> Home:
    """Nothing is started."""
    (folder / "policy.toml").write_text(POLICY.format(to=folder / "place"))
    environment = {
        "CONTACT_PIPELINE_HOME": str(folder / "home"),
        "CONTACT_PIPELINE_INCOMING": str(folder / "incoming"),
        "CONTACT_PIPELINE_POLICY": str(folder / "policy.toml"),
    }
    return Home(folder, load_settings(environment, root=folder))


@dataclass(frozen=True)
class Backed:
    """A HOME with one backup of Ada and Bo, and Cy in the log that follows. before_cy: an instant in between."""

    home: Home
    session: Session
    first: BackedUp
    before_cy: datetime


@pytest.fixture(scope="module")
def backed() -> Iterator[Backed]:
    """One for all tests of a module: they restore, and leave it as it is."""
    with open_folder() as folder:
        home = make_home(folder)
        with home.opened:
            session = home.session()
            drop(session, "ada@crm.example", "bo@crm.example")
            first = back_up(session)
            before_cy = now_there(session)
            drop(session, "cy@crm.example", name="later.csv")
            back_up(session)
            yield Backed(home, session, first, before_cy)
