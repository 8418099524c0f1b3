"""[alerts]: from where on something is worth a word, and whom it is told, by which way, at what hour."""

from collections.abc import Mapping
from datetime import datetime, time
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, field_validator, model_validator

from contact_pipeline.policy.sections import Section, Share

AlertChannel = Literal["slack", "email", "webhook", "pagerduty"]
Route = Literal["warning", "error", "escalation"]


def _clock(text: str) -> str:
    if text and (len(text) != 5 or time.fromisoformat(text).tzinfo is not None):
        raise ValueError("write a time as 22:00")
    return text


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"{name!r} is no time zone: write it as in Europe/Berlin") from None
    return name


def _mailbox(text: str) -> str:
    if text.count("@") != 1 or not text.isprintable() or set(text) & set(' ,;<>"'):
        raise ValueError("write a bare address, such as alerts@example.org")
    return text


Mailbox = Annotated[str, AfterValidator(_mailbox)]


class QuietHours(Section):
    """Nobody is told of a warning meanwhile; it is told when they are over, if it is still open. Errors go through.

    Empty: there are none. An end before the start is the next day's.
    """

    start: Annotated[str, AfterValidator(_clock)] = ""
    end: Annotated[str, AfterValidator(_clock)] = ""
    timezone: Annotated[str, AfterValidator(_zone)] = "UTC"

    @model_validator(mode="after")
    def _has_both_ends(self) -> "QuietHours":
        if bool(self.start) != bool(self.end):
            raise ValueError("name both start and end")
        return self

    def holds(self, now: datetime) -> bool:
        """Whether it is quiet now."""
        if not self.start:
            return False
        at = now.astimezone(ZoneInfo(self.timezone)).strftime("%H:%M")
        if self.start <= self.end:
            return self.start <= at < self.end
        return at >= self.start or at < self.end


class AlertMailPolicy(Section):
    """to: who is written to; escalation_to: these, too, when nobody acknowledges; report_to: who gets the reports of
    weeks and months, empty: to; sender: From, empty: the user of CONTACT_PIPELINE_SMTP_URL."""

    to: tuple[Mailbox, ...] = ()
    escalation_to: tuple[Mailbox, ...] = ()
    report_to: tuple[Mailbox, ...] = ()
    sender: Mailbox | Literal[""] = ""


def _usual_routes() -> Mapping[Route, tuple[AlertChannel, ...]]:
    """Nobody is woken for a warning."""
    return {
        "warning": ("slack", "email", "webhook"),
        "error": ("slack", "email", "webhook", "pagerduty"),
        "escalation": ("slack", "email", "webhook", "pagerduty"),
    }


class AlertPolicy(Section):
    """From where on something is worth a word, and what becomes of the word (docs/operations.md).

    answers_from: fewer answers say nothing about a share. drift_credits: that may be gone without a call of ours, as a
    number and, drift_share, as a share of the billed ones; the larger counts. forecast_margin: of a month's budget, by
    which its spend may run ahead of a straight line. disk_free_share, disk_free_gb: free space has to be below both.
    repeat_hours: an open alert is told again after so many; escalate_after_hours: an error that nobody acknowledges
    goes on.
    """

    invalid_email_share: Share = 0.10
    failed_call_share: Share = 0.10
    budget_share: Share = 0.80
    answers_from: int = Field(default=100, gt=0)
    drift_credits: int = Field(default=10, ge=0)
    drift_share: Share = 0.05
    freshness_share: Share = 0.80
    quota_days: int = Field(default=7, gt=0)
    forecast_margin: Share = 0.25
    daemon_silent_minutes: int = Field(default=5, gt=0)
    disk_free_share: Share = 0.10
    disk_free_gb: float = Field(default=10.0, ge=0)
    repeat_hours: float = Field(default=24.0, ge=24.0)
    escalate_after_hours: float = Field(default=4.0, gt=0)
    routes: Mapping[Route, tuple[AlertChannel, ...]] = Field(default_factory=_usual_routes)
    quiet_hours: QuietHours = QuietHours()
    email: AlertMailPolicy = AlertMailPolicy()

    @field_validator("routes")
    @classmethod
    def _routes_the_rest_as_usual(
        cls, routes: Mapping[Route, tuple[AlertChannel, ...]]
    ) -> Mapping[Route, tuple[AlertChannel, ...]]:
        return dict(_usual_routes()) | dict(routes)
