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
        self._steps.run("create_touched", "forbid_at_once")
        return new

    def load_rows(self) -> None:
        """Rows of a list of opt-outs count as loaded: no contact is made of them."""
        self._steps.run("load_suppression_rows")
