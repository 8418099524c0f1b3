"""What assets are given. Heavy imports (pandas, pandera, phonenumbers: 3 s) happen at the first use, in a run."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

import dagster as dg
from pydantic import PrivateAttr

from contact_pipeline.core.report import StageReport

if TYPE_CHECKING:
    from contact_pipeline.orchestration.pipeline import Pipeline

Observer = Callable[[StageReport], None]


class PipelineResource(dg.ConfigurableResource):
    """The rooms of one run. Takes no configuration: settings come from the environment, rules from the policy file."""

    _pipeline: Any = PrivateAttr(default=None)
    _observer: Observer | None = PrivateAttr(default=None)

    @classmethod
    def watched(cls, observer: Observer) -> "PipelineResource":
        """A resource that hands every stage's report to `observer` as well, for a command that shows progress."""
        resource = cls()
        resource._observer = observer
        return resource

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator["PipelineResource"]:
        """Opened once for a run (in-process executor), closed with it."""
        from contact_pipeline.orchestration.session import open_pipeline
        from contact_pipeline.settings import load_settings

        with open_pipeline(load_settings(), run_id=context.run.run_id if context.run else None) as pipeline:
            self._pipeline = _Watched(pipeline, self._observer) if self._observer else pipeline
            yield self

    @property
    def rooms(self) -> "Pipeline":
        """The stages."""
        return cast("Pipeline", self._pipeline)


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
