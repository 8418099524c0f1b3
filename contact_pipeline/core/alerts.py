"""Every alert there is: its rule, how grave it is, when it is opened, what to do. The only place that knows; severities
in ops.alerts, what is told to people, deploy/ and the table of docs/operations.md come from here.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

Severity = Literal["warning", "error"]
# Which alerts of another rule explain one: of the same subject, of the same up to its first colon (the provider), any.
SAME, SAME_HEAD, ANY = "same", "same head", "any"
_WORD = re.compile("[a-z0-9_]+")


@dataclass(frozen=True)
class AlertRule:
    """name: as in ops.alerts.rule; of a family its beginning, before the word that tells its rules apart. severity:
    error where a duty or a promise is broken already, warning where it may come to that. opened_when, to_do: for
    people, in Markdown. grave_when: what makes an error of a warning. title: what people are told. follows: name of a
    rule → of which subject (SAME, SAME_HEAD, ANY, or one by name) an open alert is the reason for this one, which is
    then not told on its own.
    """

    name: str
    severity: Severity
    opened_when: str
    to_do: str
    grave_when: str = ""
    is_family: bool = False
    title: str = field(kw_only=True)
    follows: Mapping[str, str] = field(default_factory=dict, kw_only=True, hash=False)

    def is_explained_by(self, subject: str, rule: str, other: str) -> bool:
        """Whether an open alert of that rule, about `other`, is the reason for one of this rule about `subject`."""
        match self.follows.get(rule):
            case None:
                return False
            case "same":
                return other == subject
            case "same head":
                return other.partition(":")[0] == subject.partition(":")[0]
            case "any":
                return True
            case named:
                return other == named and (rule, other) != (self.name, subject)

    def of(self, word: str) -> "AlertRule":
        """The rule of a family for one word, for example the reason why a file was rejected."""
        if not self.is_family or not _WORD.fullmatch(word):
            raise ValueError(f"{self.name} has no rule of that word")
        return replace(self, name=f"{self.name}_{word}", is_family=False)

    def severity_when(self, *, is_grave: bool) -> Severity:
        """Raises ValueError where the rule knows no graver case."""
        if is_grave and not self.grave_when:
            raise ValueError(f"{self.name} has no graver case")
        return "error" if is_grave else self.severity


DROP_HELD = AlertRule(
    "drop_held", "warning", "a gate holds a drop", "look at `quarantine`, then `replay` or `approve`",
    title="Drop held", follows={"drop_failed": SAME, "opt_out_unreadable": SAME},
)  # fmt: skip
DROP_FAILED = AlertRule(
    "drop_failed", "error",
    "a stage failed for good; the drop is held with the reason, no schedule asks for it, the other drops go on",
    "do what the reason says, then `replay` or `approve` frees it",
    title="Drop failed",
)  # fmt: skip
INVALID_EMAILS = AlertRule(
    "invalid_emails", "warning",
    "more of a drop's addresses are invalid than `[alerts] invalid_email_share` (10 %); holds nothing",
    "ask where the list comes from before anybody is written to",
    title="E-mail validation failure rate", follows={"drop_failed": SAME},
)  # fmt: skip
FILE_REJECTED = AlertRule(
    "file_rejected", "warning", "a file could not become a drop; `…` is the reason",
    "`rejected/` has the file with its reason; `not_taken_in`: it stays where it is and is offered again, see to the"
    " disk or its rights",
    is_family=True,
    title="File rejected",
)  # fmt: skip
REQUEST_OVERDUE = AlertRule(
    "request_overdue", "error", "a person's request has not been answered in time", "`requests list --open`; answer it",
    title="Data subject request overdue",
)  # fmt: skip
SOURCE_USED_WITHOUT_DOCUMENT = AlertRule(
    "source_used_without_document", "warning",
    "contacts came from a source that the policy does not document; they cannot be used",
    "document the source in the policy, or stop dropping its lists",
    title="Undocumented source in use",
)  # fmt: skip
RETENTION_OVERDUE = AlertRule(
    "retention_overdue", "warning", "contacts are still there after their last ground has ended",
    "is `data_retention_schedule` running? `retention` does it now",
    title="Data retention overdue", follows={"run_failed": "data_retention", "daemon_silent": ANY},
)  # fmt: skip
OPT_OUT_LATE = AlertRule(
    "opt_out_late", "warning", "an opt-out of the last 30 days took more than 2 days to take effect",
    "find out where it lay: `curated.suppressed` has both dates",
    grave_when="more than 10 business days",
    title="Opt-out processed late",
)  # fmt: skip
OPT_OUT_UNREADABLE = AlertRule(
    "opt_out_unreadable", "error",
    "rows of a drop ask not to be contacted, and nobody can read their number or address, so nobody is recognised by "
    "it",
    "correct the rows and drop them again; `default_region` of the source reads national numbers",
    title="Opt-out unreadable",
)  # fmt: skip
ERASURE_FINDINGS = AlertRule(
    "erasure_findings", "error", "the search after an erasure found something",
    "`ops.erasures.certificate` says where; remove it there",
    title="Erasure certificate with findings",
)  # fmt: skip
ERASURE_UNFINISHED = AlertRule(
    "erasure_unfinished", "error",
    "an erasure was begun and could not be finished; tried again every hour, with the next start of anything",
    "`subject erase` with its reference tries at once and says why",
    title="Erasure unfinished",
)  # fmt: skip
LISTED_WRONGLY = AlertRule(
    "listed_wrongly", "error",
    "a stored permission said more than the rule allows, so it was set by hand; it is corrected, and the lists ask the"
    " rule, so nobody was on one because of it",
    "`audit.changes` says who did it",
    title="Permission set by hand",
)  # fmt: skip
DATABASE_OLDER_THAN_LEDGER = AlertRule(
    "database_older_than_ledger", "warning",
    "facts or drops were missing in the database and were brought back: a backup was restored, or a process was"
    " killed. Closes after a week",
    "look what else is missing ([Backup and restore](#backup-and-restore))",
    title="Database older than its ledger",
)  # fmt: skip
DROP_NOT_BROUGHT_BACK = AlertRule(
    "drop_not_brought_back", "error", "after a restore a drop could not be landed again",
    "its file is in no archive: put the archive back, and start; it cannot be read: `replay` with its key says why",
    title="Drop not brought back",
)  # fmt: skip
BACKUP_OLD = AlertRule(
    "backup_old", "error",
    "the newest backup is older than 26 hours, where backups are made, or there is none",
    "is `backups_daily` running? `backup --full` makes one now and says what is wrong",
    title="Backup too old", follows={"run_failed": "make_backup", "daemon_silent": ANY, "disk_low": ANY},
)  # fmt: skip
LOG_BEHIND = AlertRule(
    "log_behind", "error",
    "the write-ahead log of the last 5 minutes is not with the backups: a lost disk would cost that much",
    "`backup` ships it now and says what is wrong: the place is full or not mounted, the key is missing, or the log has"
    " a gap ([Disk full](#disk-full))",
    title="Write-ahead log behind", follows={"disk_low": ANY},
)  # fmt: skip
PROVIDER_FAILING = AlertRule(
    "provider_failing", "warning",
    "more of the calls that a drop made to a provider failed than `[alerts] failed_call_share` (10 % of at least 100)",
    "look at the provider's status page; `curated.provider_costs` and `ops.provider_calls.fault` say how they fail",
    title="Provider failing", follows={"provider_stopped": SAME_HEAD},
)  # fmt: skip
PROVIDER_STOPPED = AlertRule(
    "provider_stopped", "warning",
    "a provider was left for a run: it refused our key, has no credits, asked for a long rest, or failed 5 times in a"
    " row. Closes with the next run in which it answers",
    "the alert names the fault: renew the key or the credits, or wait",
    title="Provider stopped",
)  # fmt: skip
PROVIDER_DRIFT = AlertRule(
    "provider_drift", "warning",
    "more credits are gone at a provider than our calls explain: by over `[alerts] drift_credits` (10) and"
    " `drift_share` (5 %) of the billed ones",
    "does somebody else use the key? Hold its invoice against `ops.provider_calls`",
    title="Provider credits unexplained",
)  # fmt: skip
BUDGET = AlertRule(
    "budget", "warning", "`[alerts] budget_share` (80 %) of a provider's monthly budget is spent",
    "raise `[budgets]` in the policy, or let the rest wait for the next month",
    title="Provider budget",
)  # fmt: skip
DELIVERY_REFUSED = AlertRule(
    "delivery_refused", "error",
    "mail hosts refused messages because of us: reputation, block list, content, authentication; counts against nobody."
    " Closes after a day without one",
    "ask the sender's deliverability page, look at SPF, DKIM, DMARC and block lists, stop the campaign meanwhile",
    title="Messages refused because of us",
)  # fmt: skip
BOUNCE_RATE = AlertRule(
    "bounce_rate", "error",
    "more of the messages of the last 7 or 30 days came back than `[bounces] alert_share` (5 %)",
    "`curated.bounces` says which and from which source; senders close accounts above that",
    title="Bounce rate", follows={"bounce_rate": "7 days"},
)  # fmt: skip
VERDICTS_BROKEN = AlertRule(
    "verdicts_broken", "warning",
    "more of the addresses that a provider called valid came back than `[bounces] valid_bounce_share` (2 %), chance"
    " aside",
    "`curated.verdict_quality` names the provider; believe another one more, or ask again sooner",
    title="Valid addresses bounce",
)  # fmt: skip
FORBIDDEN_TOUCH = AlertRule(
    "forbidden_touch", "error", "somebody was written to or called who was not to be (`outreach log --record-only`)",
    "`curated.outreach_history` has them (`is_violation`): who did it, from which list? Apologise; take them off it",
    title="Contacted without permission",
)  # fmt: skip

DATA_FRESHNESS = AlertRule(
    "data_freshness", "warning", "less of the data is fresh than `[alerts] freshness_share` (80 %)",
    "`plan` says what is due and what it costs; is `refresh_stale_partitions` running, is a budget spent?",
    title="Data freshness",
    follows={"daemon_silent": ANY, "run_failed": "ingest_drop", "provider_stopped": ANY},
)  # fmt: skip
PROVIDER_QUOTA = AlertRule(
    "provider_quota", "warning",
    "the calls that fall due within the next `[alerts] quota_days` (7) need more credits than the provider says are"
    " left",
    "buy credits, or let another provider of the waterfall take over",
    title="Provider quota", follows={"provider_stopped": SAME_HEAD},
)  # fmt: skip
SPEND_ABOVE_FORECAST = AlertRule(
    "spend_above_forecast", "warning",
    "this month's spend at a provider runs ahead of a straight line to its `[budgets] monthly`, or this year's on a"
    " line of the bill of one to its plan (`[costs]`), by more than `[alerts] forecast_margin` (25 %) of it",
    "`plan`, `costs` and `curated.provider_costs` say for what; a provider's budget holds all the same. Is the plan"
    " still right?",
    title="Spend above forecast", follows={"budget": SAME},
)  # fmt: skip
RUN_FAILED = AlertRule(
    "run_failed", "error",
    "a run of a job failed within the last day, and the same work has not succeeded since",
    "the Dagster UI (`up`) shows the run and where it failed; start it again there",
    title="Run failed", follows={"disk_low": ANY},
)  # fmt: skip
DAEMON_SILENT = AlertRule(
    "daemon_silent", "error",
    "Dagster's daemon has given no sign of life for `[alerts] daemon_silent_minutes` (5): no schedule and no sensor"
    " runs. Seen by `up` and `serve`",
    "is `up` running? Start it again; what fell due meanwhile is made up for",
    title="Daemon silent",
)  # fmt: skip
DISK_LOW = AlertRule(
    "disk_low", "warning",
    "less than `[alerts] disk_free_share` (10 %) and `disk_free_gb` (10) is free where HOME or the database lies",
    "make room ([Disk full](#disk-full))",
    grave_when="less than a fifth of that", title="Disk space low",
)  # fmt: skip
FIGURES_UNSENT = AlertRule(
    "figures_unsent", "warning", "Datadog or New Relic did not take the figures of the last measuring",
    "is the key right, is its site (`DD_SITE`)? The next measuring sends again",
    title="Figures not sent",
)  # fmt: skip
ALERTS_UNDELIVERED = AlertRule(
    "alerts_undelivered", "error",
    "a channel takes no alerts: it refuses, or three tries failed. Told on the other channels; closes with the next one"
    " that it takes",
    "`alerts list` says how it fails, `alerts test` tries at once",
    title="Alerts not delivered",
)  # fmt: skip

ALERT_RULES = (
    DROP_HELD, DROP_FAILED, INVALID_EMAILS, FILE_REJECTED, REQUEST_OVERDUE, SOURCE_USED_WITHOUT_DOCUMENT,
    RETENTION_OVERDUE, OPT_OUT_LATE, OPT_OUT_UNREADABLE, LISTED_WRONGLY, DATABASE_OLDER_THAN_LEDGER,
    DROP_NOT_BROUGHT_BACK, BACKUP_OLD, LOG_BEHIND,
    ERASURE_FINDINGS, ERASURE_UNFINISHED, PROVIDER_FAILING, PROVIDER_STOPPED, PROVIDER_DRIFT, BUDGET,
    DELIVERY_REFUSED, BOUNCE_RATE, VERDICTS_BROKEN, FORBIDDEN_TOUCH, DATA_FRESHNESS, PROVIDER_QUOTA,
    SPEND_ABOVE_FORECAST, RUN_FAILED, DAEMON_SILENT, DISK_LOW, FIGURES_UNSENT, ALERTS_UNDELIVERED,
)  # fmt: skip


def known_rule(rule: AlertRule) -> AlertRule:
    """The rule, if the table has it. Raises ValueError: an alert that no document explains is opened nowhere."""
    families = {known.name for known in ALERT_RULES if known.is_family}
    is_known = rule in ALERT_RULES and not rule.is_family
    if not is_known and not any(rule.name.startswith(f"{name}_") for name in families):
        raise ValueError(f"{rule.name} is no rule of core/alerts.py")
    return rule


def rule_named(name: str) -> AlertRule | None:
    """The rule as the table has it; of a family the one with its word. None: written into ops.alerts by hand."""
    for rule in ALERT_RULES:
        if rule.name == name and not rule.is_family:
            return rule
        if rule.is_family and name.startswith(f"{rule.name}_"):
            return rule.of(name.removeprefix(f"{rule.name}_"))
    return None


def reason_of(fingerprint: str, others: Mapping[str, str]) -> str | None:
    """The fingerprint of the open alert that explains this one; None: it stands for itself. others: fingerprint → rule
    of all that are open. Fingerprint: RULE:SUBJECT."""
    name, _, subject = fingerprint.partition(":")
    rule = rule_named(name)
    if rule is None:
        return None
    for other, other_rule in others.items():
        if other != fingerprint and rule.is_explained_by(subject, other_rule, other.partition(":")[2]):
            return other
    return None


def what_to_do(name: str) -> str:
    """For a rule by its name in ops.alerts, without Markdown; empty: no rule of that name."""
    rule = rule_named(name)
    return re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", rule.to_do).replace("`", "") if rule else ""
