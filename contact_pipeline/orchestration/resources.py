"""What assets are given. Heavy imports (pandas, pandera, phonenumbers: 3 s) happen at the first use, in a run."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import dagster as dg
from pydantic import PrivateAttr

if TYPE_CHECKING:
    from contact_pipeline.orchestration.pipeline import Pipeline


class PipelineResource(dg.ConfigurableResource):  # type: ignore[type-arg]
    """The rooms of one run. Takes no configuration: settings come from the environment, rules from the policy file."""

    _pipeline: "Pipeline" = PrivateAttr()

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator["PipelineResource"]:
        """Opened once for a run (in-process executor), closed with it."""
        from contact_pipeline.orchestration.session import open_pipeline
        from contact_pipeline.settings import load_settings

        with open_pipeline(load_settings(), run_id=context.run.run_id if context.run else None) as pipeline:
            self._pipeline = pipeline
            yield self

    @property
    def rooms(self) -> "Pipeline":
        """The stages."""
        return self._pipeline
