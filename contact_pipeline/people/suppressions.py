"""Opt-outs of a drop become suppressions, and forbid at once whom they stop."""

from contact_pipeline.adapters.postgres.engine import Connection, Script, beside

STEPS = beside(__file__)


class Suppressions:
    """Of one drop, whose restrictions are in the temporary table incoming_restrictions. parameters: the drop's."""

    def __init__(self, connection: Connection, **parameters: object) -> None:
        self._steps = Script(connection, STEPS, **parameters)

    def write(self) -> int:
        """Write the opt-outs and forbid at once whom they stop. Returns how many say something new."""
        new = self._steps.run("insert_suppressions")
        self._steps.run("create_touched", "forbid_at_once", "settle_bounces")
        return new

    def load_rows(self) -> int:
        """Rows of a list of opt-outs count as loaded: no contact is made of them. One that names nobody for whom a key
        could stand closes nothing: it is quarantined. Returns how many are."""
        unread = self._steps.run("quarantine_unread")
        self.load_named_rows()
        return unread

    def load_named_rows(self) -> None:
        """All that wait count as loaded."""
        self._steps.run("load_named_rows")

    def count_unread(self) -> int:
        """Rows that ask not to be called or written to, and whose numbers and addresses nobody can read."""
        return int(self._steps.one("count_unread")["rows"])
