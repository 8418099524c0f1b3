"""What a mailbox is found to be: every combination of a last call and a shortfall."""

import itertools

import pandas as pd
import pytest

from contact_pipeline.emails.mailbox import CALL, MailboxCall, mailbox_finding, with_findings

NOBODY = MailboxCall(None, None, None, rests=False, is_askable=False)
ASKABLE = MailboxCall(None, None, None, rests=False, is_askable=True)


def answered(status: str, reason: str | None = None, *, rests: bool = False, is_askable: bool = False) -> MailboxCall:
    return MailboxCall("answered", status, reason, rests, is_askable)


@pytest.mark.parametrize(
    ("call", "shortfall", "finding"),
    [
        (NOBODY, None, None),
        (NOBODY, "budget_exhausted", None),
        (ASKABLE, None, None),
        (ASKABLE, "budget_exhausted", ("unknown", "budget_exhausted")),
        (answered("valid"), None, ("valid", None)),
        (answered("invalid", "mailbox_not_found"), None, ("invalid", "mailbox_not_found")),
        (answered("invalid", "mailbox_not_found", is_askable=True), "provider_error", ("invalid", "mailbox_not_found")),
        (answered("unknown", "greylisted"), None, ("unknown", "greylisted")),
        (answered("unknown", "greylisted", is_askable=True), "budget_exhausted", ("unknown", "budget_exhausted")),
        (answered("unknown", "greylisted", rests=True, is_askable=True), "provider_error", ("unknown", "greylisted")),
        (MailboxCall("failed", None, None, False, False), None, ("unknown", "provider_error")),
        (MailboxCall("failed", None, None, False, True), "budget_exhausted", ("unknown", "budget_exhausted")),
    ],
)
def test_a_finding(call: MailboxCall, shortfall: str | None, finding: tuple[str, str | None] | None) -> None:
    assert mailbox_finding(call, shortfall) == finding


def test_a_frame_is_found_as_its_rows_are() -> None:
    values = (
        [None, "answered", "failed"],
        [None, "valid", "unknown"],
        [None, "greylisted"],
        [True, False],
        [True, False],
    )
    rows = list(itertools.product(*values)) * 2
    frame = pd.DataFrame(rows, columns=CALL).astype(dict.fromkeys(CALL[:3], "str") | dict.fromkeys(CALL[3:], "boolean"))
    for shortfall in (None, "provider_error"):
        found = with_findings(frame, shortfall)
        assert list(found.columns) == ["mailbox_status", "mailbox_sub_status"]
        read = [tuple(None if pd.isna(word) else word for word in row) for row in found.itertuples(index=False)]
        assert read == [mailbox_finding(MailboxCall(*row), shortfall) or (None, None) for row in rows]
