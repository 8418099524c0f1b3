"""/metrics: the figures of the database beside what this process counts, in Prometheus' text or as OpenMetrics."""

import threading
import time
from collections.abc import Iterator

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from contact_pipeline.alerting.figures import PREFIX, Figures, read_figures
from contact_pipeline.core.errors import ContactPipelineError
from contact_pipeline.stage.session import Session
from contact_pipeline.web.counting import REGISTRY

KEPT_S = 10.0  # several watchers that ask at once cost one look


class Exposed(Collector):
    """Safe for several threads. A database that does not answer takes its figures away, and is said."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._lock = threading.Lock()
        self._figures: Figures | None = None
        self._read_at = float("-inf")

    def answer(self, accept: str) -> tuple[bytes, str]:
        """Body and content type, as the Accept header wants them."""
        encode, content_type = choose_encoder(accept)
        both = CollectorRegistry(auto_describe=False)
        both.register(self)
        both.register(_Counted())
        return encode(both), content_type

    def collect(self) -> Iterator[Metric]:
        """As prometheus-client asks."""
        figures = self._now()
        answers = GaugeMetricFamily(f"{PREFIX}database_answers", "1: the database answers.")
        answers.add_metric([], float(figures is not None))
        yield answers
        for family, samples in figures.by_family().items() if figures else ():
            metric = GaugeMetricFamily(PREFIX + family.name, family.meaning, labels=family.labels)
            for sample in samples:
                metric.add_metric(sample.labels, sample.value)
            yield metric

    def describe(self) -> Iterator[Metric]:
        """Nothing is asked when it is registered."""
        return iter(())

    def _now(self) -> Figures | None:
        with self._lock:
            if time.monotonic() - self._read_at > KEPT_S:
                try:
                    self._figures = read_figures(self._session)
                except ContactPipelineError:
                    self._figures = None
                self._read_at = time.monotonic()
            return self._figures


class _Counted(Collector):
    """What this process counts."""

    def collect(self) -> Iterator[Metric]:
        yield from REGISTRY.collect()

    def describe(self) -> Iterator[Metric]:
        return iter(())
