"""ops.alerts: what needs a person. Rules, severities and what to do are in core/alerts.py."""

import json
from collections.abc import Mapping

from contact_pipeline.adapters.postgres.engine import Connection, Script, beside
from contact_pipeline.core.alerts import AlertRule, known_rule

STEPS = beside(__file__)


class Alerts:
    """Opens and closes alerts on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._steps = Script(connection, STEPS)

    def set_alert(
        self, rule: AlertRule, subject: str, *, is_on: bool, counts: Mapping[str, int], is_grave: bool = False
    ) -> None:
        """Opens the alert while the condition holds, closes it when it has passed."""
        if is_on:
            self.open_alert(rule, subject, counts=counts, is_grave=is_grave)
        else:
            self.close_alert(rule, subject)

    def open_alert(self, rule: AlertRule, subject: str, *, counts: Mapping[str, int], is_grave: bool = False) -> None:
        """One open alert for each rule and subject; a second call refreshes its counts and how grave it is.

        Raises ValueError for a rule that is not in core/alerts.py.
        """
        severity, name = known_rule(rule).severity_when(is_grave=is_grave), rule.name
        told = json.dumps(dict(counts))
        self._steps.run("open_alert", rule=name, severity=severity, fingerprint=f"{name}:{subject}", counts=told)

    def close_alert(self, rule: AlertRule, subject: str) -> None:
        """The condition has passed."""
        self._connection.execute(
            "update ops.alerts set closed_at = now() where fingerprint = %s and closed_at is null",
            (f"{known_rule(rule).name}:{subject}",),
        )
