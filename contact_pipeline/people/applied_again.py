"""A drop applied again because the rules of the contacts stage have changed since."""

from functools import partial

from contact_pipeline.adapters.postgres.engine import Script, beside
from contact_pipeline.people.store import ContactStore

STEPS = beside(__file__)


class AppliedAgain(ContactStore):
    """The rows of one drop that were applied. No row changes its contact or its outcome, and no contact is made."""

    rows = "outcome in ('loaded', 'merged')"

    @property
    def _again(self) -> Script:
        return Script(self._connection, STEPS, **self._parameters)

    def apply(self) -> None:
        """Derive values, points and opt-outs anew. All or nothing."""
        self._place(partial(self._again.run, "create_placed", "note_addresses", "follow_periods"))
        self._settle()

    def suppress(self) -> int:
        """See ContactStore."""
        self._again.run("leave_retracted")
        return super().suppress()

    def _spare(self) -> None:
        self._again.run("leave_answers")
