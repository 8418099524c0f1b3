"""What assets are given. Heavy imports (pandas, pandera, phonenumbers: 3 s) happen at the first use, in a run."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, cast

import dagster as dg
from pydantic import PrivateAttr

from contact_pipeline.core.report import StageReport
from contact_pipeline.orchestration.failures import value_free

if TYPE_CHECKING:
    from contact_pipeline.stage.session import Pipeline

Observer = Callable[[StageReport], None]


class PipelineResource(dg.ConfigurableResource):
    """The rooms of one run. Takes no configuration: settings come from the environment, rules from the policy file."""

    _pipeline: Any = PrivateAttr(default=None)

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator["PipelineResource"]:
        """Opened once for a run (in-process executor), closed with it."""
        from contact_pipeline.opening import open_pipeline
        from contact_pipeline.settings import load_settings

        with ExitStack() as opened:
            with value_free():
                run_id = context.run.run_id if context.run else None
                self._pipeline = self._seen(opened.enter_context(open_pipeline(load_settings(), run_id=run_id)))
            yield self

    def _seen(self, pipeline: "Pipeline") -> Any:
        return pipeline

    @property
    def rooms(self) -> "Pipeline":
        """The stages."""
        return cast("Pipeline", self._pipeline)


def watched_resource(observer: Observer) -> PipelineResource:
    """A resource that hands every stage's report to `observer` as well, for a command that shows progress.

    A class of its own for each observer: Dagster copies a resource by its public fields before it uses it, so what an
    instance keeps to itself is lost.
    """

    class WatchedPipelineResource(PipelineResource):
        def _seen(self, pipeline: "Pipeline") -> Any:
            return _Watched(pipeline, observer)

    return WatchedPipelineResource()


class _Watched:
    """A pipeline whose stages report to somebody else, too."""

    def __init__(self, pipeline: "Pipeline", observer: Observer) -> None:
        self._pipeline = pipeline
        self._observer = observer

    def __getattr__(self, name: str) -> Callable[..., StageReport]:
        stage = getattr(self._pipeline, name)

        def observed(*arguments: object) -> StageReport:
            report: StageReport = stage(*arguments)
            self._observer(report)
            return report

        return observed
