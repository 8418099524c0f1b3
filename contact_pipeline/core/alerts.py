"""Every alert there is: its rule, how grave it is, when it is opened, what to do. The only place that knows; severities
in ops.alerts and the table of docs/operations.md come from here.
"""

import re
from dataclasses import dataclass, replace
from typing import Literal

Severity = Literal["warning", "error"]
_WORD = re.compile("[a-z0-9_]+")


@dataclass(frozen=True)
class AlertRule:
    """name: as in ops.alerts.rule; of a family its beginning, before the word that tells its rules apart. severity:
    error where a duty or a promise is broken already, warning where it may come to that. grave_when: what makes an
    error of a warning. opened_when, to_do: for people, in Markdown.
    """

    name: str
    severity: Severity
    opened_when: str
    to_do: str
    grave_when: str = ""
    is_family: bool = False

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


DROP_HELD = AlertRule("drop_held", "warning", "a gate holds a drop", "look at `quarantine`, then `replay` or `approve`")
DROP_FAILED = AlertRule(
    "drop_failed", "error",
    "a stage failed for good; the drop is held with the reason, no schedule asks for it, the other drops go on",
    "do what the reason says, then `replay` or `approve` frees it",
)  # fmt: skip
INVALID_EMAILS = AlertRule(
    "invalid_emails", "warning",
    "more of a drop's addresses are invalid than `[alerts] invalid_email_share` (10 %); holds nothing",
    "ask where the list comes from before anybody is written to",
)  # fmt: skip
FILE_REJECTED = AlertRule(
    "file_rejected", "warning", "a file could not become a drop; `…` is the reason",
    "`rejected/` has the file with its reason; `not_taken_in`: it stays where it is and is offered again, see to the"
    " disk or its rights",
    is_family=True,
)  # fmt: skip
REQUEST_OVERDUE = AlertRule(
    "request_overdue", "error", "a person's request has not been answered in time", "`requests list --open`; answer it"
)
SOURCE_USED_WITHOUT_DOCUMENT = AlertRule(
    "source_used_without_document", "warning",
    "contacts came from a source that the policy does not document; they cannot be used",
    "document the source in the policy, or stop dropping its lists",
)  # fmt: skip
RETENTION_OVERDUE = AlertRule(
    "retention_overdue", "warning", "contacts are still there after their last ground has ended",
    "is `data_retention_schedule` running? `retention` does it now",
)  # fmt: skip
OPT_OUT_LATE = AlertRule(
    "opt_out_late", "warning", "an opt-out of the last 30 days took more than 2 days to take effect",
    "find out where it lay: `curated.suppressed` has both dates",
    grave_when="more than 10 business days",
)  # fmt: skip
OPT_OUT_UNREADABLE = AlertRule(
    "opt_out_unreadable", "error",
    "rows of a drop ask not to be contacted, and nobody can read their number or address, so nobody is recognised by "
    "it",
    "correct the rows and drop them again; `default_region` of the source reads national numbers",
)  # fmt: skip
ERASURE_FINDINGS = AlertRule(
    "erasure_findings", "error", "the search after an erasure found something",
    "`ops.erasures.certificate` says where; remove it there",
)  # fmt: skip
ERASURE_UNFINISHED = AlertRule(
    "erasure_unfinished", "error",
    "an erasure was begun and could not be finished; tried again every hour, with the next start of anything",
    "`subject erase` with its reference tries at once and says why",
)  # fmt: skip
LISTED_WRONGLY = AlertRule(
    "listed_wrongly", "error",
    "a stored permission said more than the rule allows, so it was set by hand; it is corrected, and the lists ask the"
    " rule, so nobody was on one because of it",
    "`audit.changes` says who did it",
)  # fmt: skip
DATABASE_OLDER_THAN_LEDGER = AlertRule(
    "database_older_than_ledger", "warning",
    "facts or drops were missing in the database and were brought back: a backup was restored, or a process was"
    " killed. Closes after a week",
    "look what else is missing ([Backup and restore](#backup-and-restore))",
)  # fmt: skip
DROP_NOT_BROUGHT_BACK = AlertRule(
    "drop_not_brought_back", "error", "after a restore a drop could not be landed again",
    "its file is in no archive: put the archive back, and start; it cannot be read: `replay` with its key says why",
)  # fmt: skip
BACKUP_OLD = AlertRule(
    "backup_old", "error",
    "the newest backup is older than 26 hours, where backups are made, or there is none",
    "is `backups_daily` running? `backup --full` makes one now and says what is wrong",
)  # fmt: skip
LOG_BEHIND = AlertRule(
    "log_behind", "error",
    "the write-ahead log of the last 5 minutes is not with the backups: a lost disk would cost that much",
    "`backup` ships it now and says what is wrong: the place is full or not mounted, the key is missing, or the log has"
    " a gap ([Disk full](#disk-full))",
)  # fmt: skip
PROVIDER_FAILING = AlertRule(
    "provider_failing", "warning",
    "more of the calls that a drop made to a provider failed than `[alerts] failed_call_share` (10 % of at least 100)",
    "look at the provider's status page; `curated.provider_costs` and `ops.provider_calls.fault` say how they fail",
)  # fmt: skip
PROVIDER_STOPPED = AlertRule(
    "provider_stopped", "warning",
    "a provider was left for a run: it refused our key, has no credits, asked for a long rest, or failed 5 times in a"
    " row. Closes with the next run in which it answers",
    "the alert names the fault: renew the key or the credits, or wait",
)  # fmt: skip
PROVIDER_DRIFT = AlertRule(
    "provider_drift", "warning",
    "more credits are gone at a provider than our calls explain: by over `[alerts] drift_credits` (10) and"
    " `drift_share` (5 %) of the billed ones",
    "does somebody else use the key? Hold its invoice against `ops.provider_calls`",
)  # fmt: skip
BUDGET = AlertRule(
    "budget", "warning", "`[alerts] budget_share` (80 %) of a provider's monthly budget is spent",
    "raise `[budgets]` in the policy, or let the rest wait for the next month",
)  # fmt: skip
DELIVERY_REFUSED = AlertRule(
    "delivery_refused", "error",
    "mail hosts refused messages because of us: reputation, block list, content, authentication; counts against nobody."
    " Closes after a day without one",
    "ask the sender's deliverability page, look at SPF, DKIM, DMARC and block lists, stop the campaign meanwhile",
)  # fmt: skip
BOUNCE_RATE = AlertRule(
    "bounce_rate", "error",
    "more of the messages of the last 7 or 30 days came back than `[bounces] alert_share` (5 %)",
    "`curated.bounces` says which and from which source; senders close accounts above that",
)  # fmt: skip
VERDICTS_BROKEN = AlertRule(
    "verdicts_broken", "warning",
    "more of the addresses that a provider called valid came back than `[bounces] valid_bounce_share` (2 %), chance"
    " aside",
    "`curated.verdict_quality` names the provider; believe another one more, or ask again sooner",
)  # fmt: skip
FORBIDDEN_TOUCH = AlertRule(
    "forbidden_touch", "error", "somebody was written to or called who was not to be (`outreach log --record-only`)",
    "`curated.outreach_history` has them (`is_violation`): who did it, from which list? Apologise; take them off it",
)  # fmt: skip

ALERT_RULES = (
    DROP_HELD, DROP_FAILED, INVALID_EMAILS, FILE_REJECTED, REQUEST_OVERDUE, SOURCE_USED_WITHOUT_DOCUMENT,
    RETENTION_OVERDUE, OPT_OUT_LATE, OPT_OUT_UNREADABLE, LISTED_WRONGLY, DATABASE_OLDER_THAN_LEDGER,
    DROP_NOT_BROUGHT_BACK, BACKUP_OLD, LOG_BEHIND,
    ERASURE_FINDINGS, ERASURE_UNFINISHED, PROVIDER_FAILING, PROVIDER_STOPPED, PROVIDER_DRIFT, BUDGET,
    DELIVERY_REFUSED, BOUNCE_RATE, VERDICTS_BROKEN, FORBIDDEN_TOUCH,
)  # fmt: skip


def known_rule(rule: AlertRule) -> AlertRule:
    """The rule, if the table has it. Raises ValueError: an alert that no document explains is opened nowhere."""
    families = {known.name for known in ALERT_RULES if known.is_family}
    is_known = rule in ALERT_RULES and not rule.is_family
    if not is_known and not any(rule.name.startswith(f"{name}_") for name in families):
        raise ValueError(f"{rule.name} is no rule of core/alerts.py")
    return rule


def what_to_do(name: str) -> str:
    """For a rule by its name in ops.alerts, without Markdown; empty: no rule of that name."""
    for rule in ALERT_RULES:
        if name == rule.name or (rule.is_family and name.startswith(f"{rule.name}_")):
            return re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", rule.to_do).replace("`", "")
    return ""
