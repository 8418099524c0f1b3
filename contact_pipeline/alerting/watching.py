"""What is looked at by the minute, since nothing else would: disk, daemon, runs, spend. Cheap: a few small tables."""

import calendar
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from contact_pipeline.adapters.postgres import server
from contact_pipeline.adapters.postgres.alerts import Alerts
from contact_pipeline.adapters.postgres.engine import Script, beside
from contact_pipeline.adapters.postgres.vitals import failed_work, newest_heartbeat
from contact_pipeline.core.alerts import (
    DAEMON_SILENT,
    DATA_FRESHNESS,
    DISK_LOW,
    RUN_FAILED,
    SPEND_ABOVE_FORECAST,
    AlertRule,
)
from contact_pipeline.policy.alerts import AlertPolicy
from contact_pipeline.stage.session import Session

STEPS = beside(__file__)
FAILURES_OF = timedelta(days=1)
OF_TODAY = timedelta(days=2)
GB = 1_000_000_000
EVERYWHERE = "all"
GRAVE_SHARE = 0.2  # of what is low


@dataclass(frozen=True)
class Space:
    """Bytes of one file system."""

    total: int
    free: int

    def is_low(self, policy: AlertPolicy, part: float = 1.0) -> bool:
        """Below both bounds, or that part of them: a tenth of a large disk is plenty."""
        return self.free < part * min(policy.disk_free_share * self.total, policy.disk_free_gb * GB)


def watch(session: Session, *, watching_since: datetime | None = None) -> None:
    """Opens and closes the alerts. watching_since: when a program began that stays and expects the daemon to live;
    None: it ends by itself, and expects nobody."""
    policy, now = session.policy.alerts, session.clock()
    with session.connection("alerts: watch") as connection:
        steps, alerts = Script(connection, STEPS), Alerts(connection)
        if watching_since is not None:
            beat = newest_heartbeat(connection)
            silent = now - max(beat, watching_since) if beat else timedelta()
            minutes = int(silent.total_seconds() // 60)
            is_silent = beat is not None and minutes >= policy.daemon_silent_minutes
            alerts.set_alert(DAEMON_SILENT, "daemon", is_on=is_silent, counts={"minutes": minutes})
        _set_all(steps, alerts, RUN_FAILED, {
            job: {"runs": count} for job, count in failed_work(connection, now - FAILURES_OF).items()
        })  # fmt: skip
        spent = {row["provider"]: float(row["spent"]) for row in steps.rows("months", month=now.date().replace(day=1))}
        planned = {name: (spent[name], session.policy.budget(name).monthly, of_month(now)) for name in spent}
        for row in steps.rows("lines", since=now.date().replace(month=1, day=1)):
            planned[f"line {row['item']}"] = (row["actual"], row["planned"], of_year(now))
        _set_all(steps, alerts, SPEND_ABOVE_FORECAST, {
            name: {"percent": round(100 * actual / plan)} for name, (actual, plan, gone) in planned.items()
            if is_ahead(actual, plan, gone + policy.forecast_margin)
        })  # fmt: skip
        for row in steps.rows("freshness", before=now.date() - OF_TODAY):
            is_stale = row["value"] is not None and row["value"] < policy.freshness_share
            fresh = {"fresh": round(row["numerator"] or 0), "contacts": round(row["denominator"] or 0)}
            alerts.set_alert(DATA_FRESHNESS, EVERYWHERE, is_on=is_stale, counts=fresh)
        for where, space in spaces(session).items():
            free = {"gigabytes_free": space.free // GB, "percent_free": 100 * space.free // max(1, space.total)}
            is_grave = space.is_low(policy, GRAVE_SHARE)
            alerts.set_alert(DISK_LOW, where, is_on=space.is_low(policy), counts=free, is_grave=is_grave)


def is_ahead(actual: float, planned: float, gone: float) -> bool:
    """Whether more than that share of what is planned is spent. Most of it goes with the drops, in bursts: that is what
    a margin on the straight line is for. Nothing planned says nothing."""
    return planned > 0 and actual > planned * min(1.0, gone)


def of_month(now: datetime) -> float:
    """The share of the month that is gone."""
    return (now.day - 1 + now.hour / 24) / calendar.monthrange(now.year, now.month)[1]


def of_year(now: datetime) -> float:
    """The share of the year that is gone."""
    return (now.timetuple().tm_yday - 1) / (365 + calendar.isleap(now.year))


def spaces(session: Session) -> Mapping[str, Space]:
    """`home` and, where it lies on another file system of this machine, `database`."""
    folders = {"home": session.settings.home, "database": server.folder(session.settings)}
    found: dict[int, tuple[str, Space]] = {}
    for name, folder in folders.items():
        there = _there(folder) if folder is not None else None
        if there is not None:
            usage = shutil.disk_usage(there)
            found.setdefault(there.stat().st_dev, (name, Space(usage.total, usage.free)))
    return dict(found.values())


def _there(folder: Path) -> Path | None:
    """It, or the nearest above it that is there."""
    return next((path for path in (folder, *folder.parents) if path.is_dir()), None)


def _set_all(steps: Script, alerts: Alerts, rule: AlertRule, on: Mapping[str, Mapping[str, int]]) -> None:
    """Open for these subjects and no others."""
    for subject, counts in on.items():
        alerts.open_alert(rule, subject, counts=counts)
    for row in steps.rows("open_subjects", rule=rule.name):
        if row["subject"] not in on:
            alerts.close_alert(rule, row["subject"])
