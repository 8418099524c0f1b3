"""What the phone room asks of the outside world: what line is behind a number."""

from dataclasses import dataclass
from enum import StrEnum

from contact_pipeline.core.verdicts import PhoneStatus, PhoneSubStatus, PhoneType


class VoipKind(StrEnum):
    """Below `voip`: bound to a place, or an app's number that anybody can have."""

    FIXED = "fixed"
    NON_FIXED = "non_fixed"


@dataclass(frozen=True, slots=True)
class LineAnswer:
    """What a look-up says of one number, in our words.

    line_type: None where it says nothing. is_active: only from an answer about the line itself, never from the plan.
    country: ISO 3166-1 alpha-2.
    """

    status: PhoneStatus
    sub_status: PhoneSubStatus | None = None
    line_type: PhoneType | None = None
    voip_kind: VoipKind | None = None
    carrier: str | None = None
    country: str | None = None
    is_active: bool | None = None

    def settled_status(self) -> str:
        """`unknown` where another provider may know more: a valid number whose line nobody named."""
        if self.status is PhoneStatus.VALID and self.line_type in (None, PhoneType.UNKNOWN):
            return str(PhoneStatus.UNKNOWN)
        return str(self.status)
