"""What is known of a mailbox, from the last call about it and from why nobody called. Pure."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from contact_pipeline.core.providers import Outcome
from contact_pipeline.core.verdicts import EmailStatus, EmailSubStatus
from contact_pipeline.emails.combinations import Words, decided_by_combination

CALL = ["call_outcome", "call_status", "call_reason", "call_rests", "is_askable"]


@dataclass(frozen=True, slots=True)
class MailboxCall:
    """The last call about a mailbox. outcome: None where there was none. rests: its provider is not asked again yet.

    status, reason: of an answer, in our words. is_askable: the mailbox was to be asked about in this run.
    """

    outcome: str | None
    status: str | None
    reason: str | None
    rests: bool
    is_askable: bool


def mailbox_finding(call: MailboxCall, shortfall: str | None) -> tuple[str, str | None] | None:
    """Status and reason; None: nobody was asked, and nobody was to be.

    shortfall: why some of the askable were not asked (`budget_exhausted`, `provider_error`). An answer that settles
    something stands, and so does one that does not while its provider rests; else the reason is why nobody could be
    asked again. A call that failed is unknown, for the provider's reasons.
    """
    fell_short = call.is_askable and shortfall is not None
    if call.outcome is None and not fell_short:
        return None
    status = call.status if call.outcome is not None and call.status else EmailStatus.UNKNOWN.value
    if call.outcome == Outcome.ANSWERED.value:
        stands = call.status not in (None, EmailStatus.UNKNOWN.value) or call.rests
        return status, call.reason if stands or not fell_short else shortfall
    return status, shortfall if fell_short else EmailSubStatus.PROVIDER_ERROR.value


def with_findings(chunk: pd.DataFrame, shortfall: str | None) -> pd.DataFrame:
    """The columns CALL become mailbox_status and mailbox_sub_status."""

    def decide(*call: Any) -> Words:
        known: list[Any] = [None if pd.isna(value) else value for value in call]
        return mailbox_finding(MailboxCall(*known), shortfall) or (None, None)

    status, reason = decided_by_combination(chunk, CALL, decide)
    return chunk.drop(columns=CALL).assign(mailbox_status=status, mailbox_sub_status=reason)
