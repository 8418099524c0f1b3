"""A drop applied again because the rules of the contacts stage have changed since."""

from contact_pipeline.adapters.postgres.engine import Script
from contact_pipeline.people.store import ContactStore


class AppliedAgain(ContactStore):
    """The rows of one drop that were applied. No row changes its contact or its outcome, and no contact is made."""

    rows = "outcome in ('loaded', 'merged')"

    @property
    def _again(self) -> Script:
        return Script(self._connection, "contacts_again", **self._parameters)

    def apply(self) -> None:
        """Derive values, points and opt-outs anew. All or nothing."""
        self._contacts.run("index_incoming")
        self._again.run("create_placed", "note_addresses")
        self._contacts.run("analyze_placed")
        self._settle()

    def suppress(self) -> int:
        """See ContactStore."""
        self._again.run("leave_retracted")
        return super().suppress()

    def _spare(self) -> None:
        self._again.run("leave_answers")

    def forget(self) -> None:
        """Drop the temporary tables, so that the rows that wait can be applied in the same transaction."""
        self._contacts.run("forget_incoming")
