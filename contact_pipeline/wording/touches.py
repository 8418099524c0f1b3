"""Lists of touches: files with the columns of core.outreach_history, which say what was sent to whom and what became
of it."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from contact_pipeline.core import said
from contact_pipeline.schemas.outreach import OUTREACH_HISTORY

CHANNELS = ("email", "phone", "sms", "linkedin", "post", "meeting")
DIRECTIONS = ("outbound", "inbound")
LEAVING_TIMES = ("unsubscribed_at", "complained_at")
TIMES = (
    "sent_at", "delivered_at", "machine_opened_at", "opened_at", "clicked_at", "replied_at", "bounced_at",
    *LEAVING_TIMES,
)  # fmt: skip
WHO = ("contact_id", "email", "phone")
_WAYS = {"channel", "direction", "message_id"}
_OURS = {*OUTREACH_HISTORY.column_names}


def is_list_of_touches(headers: Iterable[str]) -> bool:
    """When, on which way and to whom; and most other columns are of that table, too: a CRM's export may have a
    `channel`."""
    names = [name_of_touch(header) for header in headers]
    of_person = [name for name in names if name in WHO]
    ours = [name for name in names if name in _OURS and name not in WHO]
    return bool(of_person and {*ours} & {*TIMES} and {*ours} & _WAYS) and 2 * len(ours) > len(names) - len(of_person)


def name_of_touch(header: str) -> str:
    """The column that a header means, in that table's own spelling only."""
    return header.strip().lower()


def times_of(cells: Mapping[str, str], *, now: datetime | None) -> dict[str, datetime]:
    """What happened when, by TIMES. cells: by name. Raises ValueError for a time that cannot be read, or lies after
    now."""
    try:
        return {name: said.moment(cells[name], now=now) for name in TIMES if cells.get(name)}
    except ValueError:  # whose words may hold the cell
        raise ValueError("a time that nobody can read, or that lies in the future") from None


def way_of(cells: Mapping[str, str]) -> tuple[str, str]:
    """Channel and direction; where nothing is said, an e-mail of ours. Raises ValueError for other words."""
    channel = cells.get("channel", "").strip().lower() or CHANNELS[0]
    direction = cells.get("direction", "").strip().lower() or DIRECTIONS[0]
    if channel not in CHANNELS or direction not in DIRECTIONS:
        raise ValueError(f"a channel is {', '.join(CHANNELS)}, a direction {' or '.join(DIRECTIONS)}")
    return channel, direction
