"""docs/operations.md names what runs by itself as the code location has it, and every alert that can be opened."""

import re
from pathlib import Path

import dagster as dg
import pytest

from contact_pipeline.core.alerts import ALERT_RULES, AlertRule
from contact_pipeline.definitions import defs
from contact_pipeline.schemas.rights import REQUEST_KINDS
from contact_pipeline_tests.docs.test_readme import ROOT, table

OPERATIONS = ROOT / "docs" / "operations.md"
CODE = ROOT / "contact_pipeline"
REPOSITORY_DEF = defs.get_repository_def()
DAYS = {"0": "Sunday", "1": "Monday", "2": "Tuesday", "3": "Wednesday", "4": "Thursday", "5": "Friday", "6": "Saturday"}


def in_words(cron: str) -> str:
    """The few forms of a cron line that the program uses, as the document writes them."""
    if every := re.fullmatch(r"\*/(\d+) \* \* \* \*", cron):
        return f"every {every[1]} minutes"
    if hourly := re.fullmatch(r"(\d+) \* \* \* \*", cron):
        return f"every hour, :{int(hourly[1]):02}"
    at = re.fullmatch(r"(\d+) (\d+) \* \* (\*|[0-6])", cron)
    assert at, f"say how the document shall write {cron!r}"
    time = f"{int(at[2]):02}:{int(at[1]):02} UTC"
    return time if at[3] == "*" else f"{DAYS[at[3]]} {time}"


def what_runs() -> dict[str, tuple[str, str | None]]:
    """`sensor NAME` or `schedule NAME` → when it runs, and its job."""
    found: dict[str, tuple[str, str | None]] = {}
    for sensor in REPOSITORY_DEF.sensor_defs:
        assert sensor.default_status is dg.DefaultSensorStatus.RUNNING
        found[f"sensor `{sensor.name}`"] = (f"every {sensor.minimum_interval_seconds} s", sensor.job_name)
    for schedule in REPOSITORY_DEF.schedule_defs:
        assert schedule.default_status is dg.DefaultScheduleStatus.RUNNING
        assert schedule.execution_timezone == "UTC"
        assert isinstance(schedule.cron_schedule, str)
        found[f"schedule `{schedule.name}`"] = (in_words(schedule.cron_schedule), schedule.job_name)
    return found


def test_what_runs_by_itself_is_the_code_location() -> None:
    said = {row[0]: (row[1], row[2].strip("`")) for row in table(OPERATIONS, "runs by itself")}
    assert said == what_runs()


def test_jobs_are_those_of_the_code_location() -> None:
    """Each is in the first table, or in the sentence on jobs that only people start."""
    text = OPERATIONS.read_text(encoding="utf-8")
    scheduled = {row[2].strip("`") for row in table(OPERATIONS, "runs by itself")}
    (sentence,) = re.findall(r"^Jobs that only people start: (.*)$", text, re.MULTILINE)
    by_hand = set(re.findall(r"`(\w+)`", sentence))
    jobs = {job.name for job in defs.resolve_all_job_defs() if not job.name.startswith("__")}
    assert scheduled | by_hand == jobs
    assert not scheduled & by_hand
    assert by_hand == {f"subject_{kind}" for kind in REQUEST_KINDS}


@pytest.mark.parametrize("kind", ["schedule", "sensor", "job"])
def test_nothing_is_named_that_does_not_exist(kind: str) -> None:
    names = {
        "schedule": {schedule.name for schedule in REPOSITORY_DEF.schedule_defs},
        "sensor": {sensor.name for sensor in REPOSITORY_DEF.sensor_defs},
        "job": {job.name for job in REPOSITORY_DEF.get_all_jobs()},
    }
    documents = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    text = "\n".join(path.read_text(encoding="utf-8") for path in documents)
    named = set(re.findall(rf"\b{kind} `(\w+)`", text))
    assert named
    assert named <= names[kind]


def as_row(rule: AlertRule) -> list[str]:
    severity = f"{rule.severity}; error: {rule.grave_when}" if rule.grave_when else rule.severity
    return [f"`{rule.name}{'_…' * rule.is_family}`", rule.title, severity, rule.opened_when, rule.to_do]


def test_alerts_are_those_of_the_code() -> None:
    assert table(OPERATIONS, "alert") == [as_row(rule) for rule in ALERT_RULES]


def test_an_alert_of_no_rule_is_refused() -> None:
    from contact_pipeline.core.alerts import DROP_HELD, FILE_REJECTED, known_rule

    assert known_rule(DROP_HELD) is DROP_HELD
    assert known_rule(FILE_REJECTED.of("too_large")).name == "file_rejected_too_large"
    for stranger in (AlertRule("drop_lost", "warning", "", "", title=""), FILE_REJECTED):
        with pytest.raises(ValueError, match="is no rule"):
            known_rule(stranger)
    for word in ("", "ada@orchid.net", "Two Words"):
        with pytest.raises(ValueError, match="no rule of that word"):
            FILE_REJECTED.of(word)
    with pytest.raises(ValueError, match="no graver case"):
        DROP_HELD.severity_when(is_grave=True)


def test_every_rule_is_opened_somewhere_and_none_outside_of_the_table() -> None:
    """Statements of our own may write into ops.alerts as well: only the ledger of alerts does."""
    modules = {path: path.read_text(encoding="utf-8") for path in Path(CODE).rglob("*.py")}
    texts = [text for path, text in modules.items() if path.name != "alerts.py" or path.parent.name != "core"]
    constants = {name for name, rule in vars(_alerts()).items() if isinstance(rule, AlertRule)}
    assert not {name for name in constants if not any(re.search(rf"\b{name}\b", text) for text in texts)}
    writers = [
        path.name
        for path in Path(CODE).rglob("*")
        if path.suffix in {".py", ".sql"} and "insert into ops.alerts" in path.read_text(encoding="utf-8")
    ]
    assert len(writers) == 1
    made_by_hand = [path.name for path, text in modules.items() if "AlertRule(" in text]
    assert made_by_hand == ["alerts.py"]


def _alerts() -> object:
    from contact_pipeline.core import alerts

    return alerts
