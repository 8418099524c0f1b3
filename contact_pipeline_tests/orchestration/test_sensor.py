"""csv_drops: what becomes a drop, when, in how many runs; what it leaves in its cursor."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from contact_pipeline.core.errors import TransientError
from contact_pipeline.definitions import defs
from contact_pipeline.drops import intake
from contact_pipeline.drops.folder import STAGING, DropFolder, OpenFile
from contact_pipeline.orchestration import sensors
from contact_pipeline.orchestration.partitions import DROPS, RANGE_END, RANGE_START
from contact_pipeline.orchestration.sensors import csv_drops
from contact_pipeline_tests.installation import Installation

HEADER = "Name,Email"
OPEN_ALERTS = "select rule from ops.alerts where closed_at is null"


class Ticks:
    """The sensor's ticks, one after another, as the daemon would make them."""

    def __init__(self, instance: dg.DagsterInstance) -> None:
        self.instance = instance
        self.cursor: str | None = None

    def next(self) -> dg.SensorResult:
        """One tick; its cursor is kept."""
        context = dg.build_sensor_context(instance=self.instance, cursor=self.cursor)
        result = csv_drops(context)
        assert isinstance(result, dg.SensorResult)
        self.cursor = result.cursor
        return result

    def requests(self) -> list[dg.RunRequest]:
        """What the next tick asks for."""
        return list(self.next().run_requests or [])


@pytest.fixture
def ticks(installation: Installation) -> Iterator[Ticks]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield Ticks(instance)


def drop(installation: Installation, name: str) -> Path:
    return installation.drop(f"crm/{name}.csv", HEADER, f"{name},{name}@orchid.net")


def keys(installation: Installation) -> list[str]:
    return [key for (key,) in installation.rows("select key from raw.drops order by sequence")]


def test_an_empty_folder_skips(ticks: Ticks) -> None:
    result = ticks.next()
    assert result.skip_reason
    assert (result.run_requests or [], ticks.cursor) == ([], "{}")


def test_a_file_waits_until_it_was_the_same_twice(ticks: Ticks, installation: Installation) -> None:
    file = drop(installation, "ada")
    assert ticks.requests() == []
    file.write_text(f"{HEADER}\nada,ada@orchid.net\nbo,bo@orchid.net\n")  # still being written
    assert ticks.requests() == []
    assert file.exists()
    (request,) = ticks.requests()
    (key,) = keys(installation)
    assert request.tags == {RANGE_START: key, RANGE_END: key}
    assert not file.exists()
    assert [path.stem for path in installation.settings.archive.iterdir()] == [key]
    assert ticks.requests() == []


def test_one_run_takes_all_small_drops_of_a_tick(
    ticks: Ticks, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sensors, "LARGE_FILE_BYTES", 200)
    for name in ("ada", "bo", "cy"):
        drop(installation, name)
    installation.drop("crm/large.csv", HEADER, *(f"di{n},di{n}@orchid.net" for n in range(20)))
    ticks.next()
    small, large = ticks.requests()
    order = list(ticks.instance.get_dynamic_partitions(DROPS))
    assert (small.tags[RANGE_START], small.tags[RANGE_END]) == (order[0], order[2])
    assert large.partition_key == order[3]
    assert sorted(order) == sorted(keys(installation))


def test_dagster_takes_the_tick(installation: Installation, tmp_path: Path) -> None:
    """As its daemon evaluates it: what a sensor returns has rules of its own (one place for the cursor, for one)."""
    drop(installation, "ada")
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        cursor = None
        for requests, partitions in ((0, 0), (1, 1), (0, 1)):
            context = dg.build_sensor_context(
                instance=instance, cursor=cursor, repository_def=defs.get_repository_def()
            )
            tick = csv_drops.evaluate_tick(context)
            cursor = tick.cursor
            assert len(tick.run_requests or []) == requests
            assert len(instance.get_dynamic_partitions(DROPS)) == partitions


def test_the_cursor_is_small_and_names_nobody(ticks: Ticks, installation: Installation) -> None:
    drop(installation, "zebedee-quux")
    ticks.next()
    assert ticks.cursor
    assert "zebedee" not in ticks.cursor
    assert "crm" not in ticks.cursor
    assert len(json.loads(ticks.cursor)) == 1
    ticks.next()
    ticks.next()
    assert ticks.cursor == "{}"


def test_refused_files_move_and_the_others_go_on(
    ticks: Ticks, installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    incoming = installation.settings.incoming
    drop(installation, "ada")
    (incoming / "crm" / "binary.csv").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9)
    (incoming / "crm" / "empty.csv").touch()
    outside = tmp_path / "secret.csv"
    outside.write_text("Name,Email\nEve,eve@orchid.net\n")
    (incoming / "crm" / "link.csv").symlink_to(outside)
    (incoming / "crm" / "gone.csv").symlink_to(tmp_path / "nowhere")
    os.mkfifo(incoming / "crm" / "pipe.csv")  # is not listed at all: nothing may wait for a writer
    big = installation.drop("crm/big.csv", HEADER)
    with big.open("r+b") as file:
        file.truncate(3 << 20)  # sparse
    policy = installation.settings.policy_path
    policy.write_text(policy.read_text() + "\n[limits]\nmax_file_mb = 2\n")
    ticks.next()
    assert len(ticks.requests()) == 1
    assert len(keys(installation)) == 1
    rejected = installation.settings.rejected
    reasons = {p.name.removesuffix(".reason.txt"): p.read_text().split()[0] for p in rejected.glob("*.reason.txt")}
    assert reasons == {
        "binary.csv": "binary_file",
        "empty.csv": "empty_file",
        "link.csv": "symbolic_link",
        "gone.csv": "symbolic_link",
        "big.csv": "too_large",
    }
    assert outside.exists()
    assert "eve@orchid.net" not in (rejected / "link.csv").read_text()
    assert {p.name for p in (incoming / "crm").iterdir()} == {"pipe.csv", STAGING}
    assert not list((incoming / "crm" / STAGING).iterdir())
    alerts = dict(installation.rows("select rule, fingerprint from ops.alerts where closed_at is null"))
    assert set(alerts) == {f"file_rejected_{reason}" for reason in reasons.values()}
    assert not [text for text in alerts.values() if "csv" in text]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file_is_refused(ticks: Ticks, installation: Installation) -> None:
    drop(installation, "ada").chmod(0)
    ticks.next()
    ticks.next()
    assert [p.name for p in installation.settings.rejected.glob("*.reason.txt")] == ["ada.csv.reason.txt"]


def test_a_file_that_cannot_be_taken_stays_and_the_others_go_on(
    ticks: Ticks, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk, say."""
    stuck, other = drop(installation, "ada"), drop(installation, "bo")
    stage = DropFolder.stage

    def full(self: DropFolder, path: str) -> str | None:
        if path == "crm/ada.csv":
            raise OSError(28, "No space left on device")
        return stage(self, path)

    monkeypatch.setattr(DropFolder, "stage", full)
    ticks.next()
    assert len(ticks.requests()) == 1
    assert (stuck.exists(), other.exists()) == (True, False)
    assert installation.rows(OPEN_ALERTS) == [("file_rejected_not_taken_in",)]
    monkeypatch.setattr(DropFolder, "stage", stage)
    assert len(ticks.requests()) == 1
    assert installation.rows(OPEN_ALERTS) == []


ODD_NAMES = (
    "Müller.csv".encode("latin-1"), b"\xff\xfe.csv", b"new\nline\t\x01.csv", b"x" * 255, b"\xe9" * 251 + b".csv",
    b"...",
    b"-rf", b"$(touch x).csv", "\u202evsc.exe".encode(), b"unsubscribed\xfc.csv",
)  # fmt: skip


def test_a_file_of_any_name_lands_and_stops_no_other(ticks: Ticks, installation: Installation) -> None:
    """Bytes that are no UTF-8 (out of a ZIP), control characters, the longest name, a name of dots."""
    for number, name in enumerate(ODD_NAMES):
        path = installation.settings.incoming / "crm" / os.fsdecode(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(f"{HEADER}\nP {number},p{number}@orchid.net\n".encode())
    drop(installation, "ada")
    ticks.next()
    (request,) = ticks.requests()
    assert len(keys(installation)) == len(ODD_NAMES) + 1
    assert request.tags[RANGE_START] in keys(installation)
    assert installation.rows(OPEN_ALERTS) == []


def test_a_fault_of_any_kind_in_one_file_stops_no_other(
    ticks: Ticks, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ada", "bo", "cy"):
        drop(installation, name)
    take = intake.Intake._take

    def breaks(self: intake.Intake, file: OpenFile, name: str, source: str) -> object:
        if name == "bo.csv":
            raise ValueError("zebedee.quux@orchid.net")
        return take(self, file, name, source)

    monkeypatch.setattr(intake.Intake, "_take", breaks)
    ticks.next()
    ticks.next()
    assert len(keys(installation)) == 2
    assert installation.rows(OPEN_ALERTS) == [("file_rejected_not_taken_in",)]
    monkeypatch.setattr(intake.Intake, "_take", take)
    ticks.next()  # what was left in staging is taken up again
    ticks.next()
    assert len(keys(installation)) == 3


def test_what_was_taken_in_is_not_forgotten_when_the_database_leaves(
    ticks: Ticks, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ada", "bo"):
        drop(installation, name)
    take = intake.Intake.take_incoming

    taken: list[str] = []

    def leaves(self: intake.Intake, paths: list[str]) -> object:
        taken.extend(paths)
        if len(taken) > 1:
            raise TransientError("gone")
        return take(self, paths)

    monkeypatch.setattr(intake.Intake, "take_incoming", leaves)
    ticks.next()
    assert len(ticks.requests()) == 1
    monkeypatch.setattr(intake.Intake, "take_incoming", take)
    assert len(ticks.requests()) == 1
    assert len(keys(installation)) == 2


def test_a_known_file_is_no_news_but_an_unfinished_one_is_tried_again(ticks: Ticks, installation: Installation) -> None:
    drop(installation, "ada")
    ticks.next()
    assert len(ticks.requests()) == 1
    (key,) = keys(installation)
    drop(installation, "ada")
    ticks.next()
    (again,) = ticks.requests()
    assert again.partition_key == key
    installation.execute("update raw.drops set published_at = now()")
    drop(installation, "ada")
    ticks.next()
    assert ticks.requests() == []


def test_a_drop_whose_run_is_on_is_not_asked_for_twice(ticks: Ticks, installation: Installation) -> None:
    drop(installation, "ada")
    ticks.next()
    (request,) = ticks.requests()
    ticks.instance.create_run_for_job(
        dg.job(name="any")(lambda: None), status=dg.DagsterRunStatus.STARTED, tags=dict(request.tags)
    )
    drop(installation, "ada")
    ticks.next()
    assert ticks.requests() == []


def test_what_breaks_a_tick_names_no_value(
    ticks: Ticks, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ticks are kept with their errors."""

    def broken(*_: object) -> None:
        raise ValueError("zebedee.quux@orchid.net")

    monkeypatch.setattr(intake, "take_in_ready", broken)
    with pytest.raises(dg.Failure) as failure:
        ticks.next()
    assert "zebedee" not in str(failure.value.description)
    assert failure.value.__suppress_context__
