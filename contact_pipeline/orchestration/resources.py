"""What assets are given. Heavy imports (pandas, pandera, phonenumbers: 3 s) happen at the first use, in a run."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import dagster as dg
from pydantic import PrivateAttr

from contact_pipeline.core.report import StageReport
from contact_pipeline.orchestration.failures import value_free
from contact_pipeline.stage.session import Session

Observer = Callable[[StageReport], None]


class SessionResource(dg.ConfigurableResource):
    """The session of one run. Takes no configuration: settings come from the environment, rules from the policy."""

    _session: Any = PrivateAttr(default=None)

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator["SessionResource"]:
        """Opened once for a run (in-process executor), closed with it."""
        # At its turn: spares the code location up to 3 s of imports (pandas, pandera, phonenumbers) at every start.
        from contact_pipeline.alerting.telling import tell_quietly
        from contact_pipeline.opening import open_session
        from contact_pipeline.settings import load_settings

        with ExitStack() as opened:
            with value_free():
                run_id = context.run.run_id if context.run else None
                self._session = opened.enter_context(open_session(load_settings(), run_id=run_id))
            yield self
            tell_quietly(self._session)

    def get(self) -> Session:
        """The session."""
        session: Session = self._session
        return session

    def observe(self, report: StageReport) -> None:
        """Told of every stage's report; a command shows its progress by it."""


def watched_resource(observer: Observer) -> SessionResource:
    """A resource that hands every stage's report to `observer`.

    A class of its own for each observer: Dagster copies a resource by its public fields before it uses it, so what an
    instance keeps to itself is lost.
    """

    class WatchedSessionResource(SessionResource):
        def observe(self, report: StageReport) -> None:
            observer(report)

    return WatchedSessionResource()
