"""Slack's incoming webhooks: one URL, which is the secret; no key by which a repetition would be known."""

from urllib.parse import urlsplit

from contact_pipeline.adapters.http import HttpClient
from contact_pipeline.alerting.channels.message import Kind, Message
from contact_pipeline.alerting.channels.port import Sent
from contact_pipeline.alerting.channels.posting import judged, post
from contact_pipeline.core.errors import ConfigurationError

VARIABLE = "SLACK_WEBHOOK_URL"
MOST_TEXT, MOST_TITLE = 3000, 150
TIMEOUT_S = 15.0
# What Slack answers in the body of an error; anything else is not repeated to anybody.
WORDS = {
    "invalid_payload", "user_not_found", "no_text", "invalid_blocks", "too_many_attachments", "action_prohibited",
    "invalid_token", "posting_to_general_channel_denied", "channel_not_found", "no_service", "no_team",
    "channel_is_archived", "rate_limited", "rollup_error", "no_active_hooks",
}  # fmt: skip
_MARKS = {Kind.RESOLVED: ":white_check_mark:", Kind.ACKNOWLEDGED: ":eyes:", Kind.TEST: ":speech_balloon:"}


class Slack:
    """To the one channel that the URL is for. Raises ConfigurationError where the URL is none."""

    name = "slack"

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if not parts.path or parts.query or parts.fragment:
            raise ConfigurationError(
                f"{VARIABLE} is no webhook: copy the whole URL, https://hooks.slack.com/services/…"
            )
        self._client = HttpClient("slack", f"{parts.scheme}://{parts.netloc}", connections=1, timeout_s=TIMEOUT_S)
        self._path = parts.path

    def send(self, message: Message, *, key: str, thread: str, is_escalated: bool = False) -> Sent:
        """See Channel. key and thread are nothing that Slack knows."""
        answer = post(self._client, self._path, json=as_blocks(message))
        word = getattr(answer, "text", "").strip()
        return judged(answer, word if word in WORDS else "")


def as_blocks(message: Message) -> dict[str, object]:
    """Text for the notification, blocks for the channel."""
    mark = _MARKS.get(message.kind, ":red_circle:" if message.severity == "error" else ":warning:")
    said = "\n".join(f"*{name}:* {_escaped(text)}" for name, text in message.lines)
    return {
        "text": _escaped(f"[{message.severity}] {message.headline}: {message.where}")[:MOST_TEXT],
        "blocks": [
            {
                "type": "section",
                "text": {"type": "mrkdwn", "text": f"{mark} *{_escaped(message.headline)[:MOST_TITLE]}*"},
            },
            {"type": "section", "text": {"type": "mrkdwn", "text": said[:MOST_TEXT]}},
        ],
    }


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
