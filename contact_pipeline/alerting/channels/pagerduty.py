"""PagerDuty's Events API v2. A message about the same alert has the same dedup_key, so a repetition changes nothing."""

import hashlib

from contact_pipeline.adapters.http import HttpClient
from contact_pipeline.alerting.channels.message import Kind, Message
from contact_pipeline.alerting.channels.port import Sent
from contact_pipeline.alerting.channels.posting import judged, post

VARIABLE, ADDRESS = "PAGERDUTY_ROUTING_KEY", "PAGERDUTY_BASE_URL"
DEFAULT = "https://events.pagerduty.com"
PATH = "/v2/enqueue"
MOST_SUMMARY, MOST_KEY = 1024, 255
TIMEOUT_S = 15.0
_ACTIONS = {Kind.ACKNOWLEDGED: "acknowledge", Kind.RESOLVED: "resolve"}


class PagerDuty:
    """To the service that the routing key is for."""

    name = "pagerduty"

    def __init__(self, routing_key: str, base_url: str = "") -> None:
        self._client = HttpClient("pagerduty", base_url or DEFAULT, connections=1, timeout_s=TIMEOUT_S)
        self._routing_key = routing_key

    def send(self, message: Message, *, key: str, thread: str, is_escalated: bool = False) -> Sent:
        """See Channel. An escalation is critical. A test opens an incident and resolves it."""
        sent = judged(post(self._client, PATH, json=self._event(message, is_escalated=is_escalated)))
        if message.kind is Kind.TEST and not sent.fault:
            return judged(post(self._client, PATH, json=self._event(message) | {"event_action": "resolve"}))
        return sent

    def _event(self, message: Message, *, is_escalated: bool = False) -> dict[str, object]:
        event: dict[str, object] = {
            "routing_key": self._routing_key,
            "event_action": _ACTIONS.get(message.kind, "trigger"),
            "dedup_key": dedup_key(message.fingerprint),
            "client": "contact_pipeline",
        }
        if message.kind not in _ACTIONS:
            severity = "critical" if is_escalated else message.severity
            event["payload"] = {
                "summary": f"{message.title}: {message.where}"[:MOST_SUMMARY],
                "source": "contact_pipeline",
                "severity": severity,
                "timestamp": message.since,
                "component": message.where[:MOST_SUMMARY],
                "class": message.rule,
                "custom_details": dict(message.lines),
            }
            if message.link:
                event["links"] = [{"href": message.link, "text": "contact_pipeline"}]
        return event


def dedup_key(fingerprint: str) -> str:
    """The fingerprint, or its hash where it is too long."""
    if len(fingerprint) <= MOST_KEY:
        return fingerprint
    return hashlib.sha256(fingerprint.encode()).hexdigest()
