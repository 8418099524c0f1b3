"""After each measuring of the KPIs, the figures go to the monitoring that is configured: Datadog, New Relic."""

from collections.abc import Callable, Mapping
from typing import Protocol

from contact_pipeline.adapters.postgres.alerts import Alerts
from contact_pipeline.alerting.figures import MEASURED, Figures, read_figures
from contact_pipeline.alerting.monitors import datadog, newrelic
from contact_pipeline.core.alerts import FIGURES_UNSENT
from contact_pipeline.core.errors import ContactPipelineError
from contact_pipeline.stage.session import Session


class Monitor(Protocol):
    """One service. oldest_s: older figures it would drop."""

    @property
    def name(self) -> str: ...
    @property
    def oldest_s(self) -> int: ...
    def push(self, figures: Figures, at_s: int) -> int: ...


def push_figures(session: Session) -> Mapping[str, int]:
    """Service → how many figures it took. All are as of the moment at which the KPIs were measured, so that a second
    push of the same measuring changes nothing; where nothing was measured within the hour there is nothing to say.

    A service that fails is an alert, and keeps nobody from going on.
    """
    makers = _configured(session)
    if not makers:
        return {}
    figures = read_figures(session)
    measured = next((sample.value for sample in figures.samples if sample.family is MEASURED), None)
    taken = {}
    for name, make in makers.items():
        try:
            monitor = make()
            if measured is not None and figures.at.timestamp() - measured < monitor.oldest_s:
                monitor.push(figures, int(measured))
                taken[name] = len(figures.samples)
        except ContactPipelineError:
            _set(session, name, is_on=True)
        else:
            _set(session, name, is_on=False)
    return taken


def _configured(session: Session) -> Mapping[str, Callable[[], Monitor]]:
    settings = session.settings
    found: dict[str, Callable[[], Monitor]] = {}
    if dd_key := settings.variable(datadog.KEY):
        found["datadog"] = lambda: datadog.Datadog(
            dd_key, site=settings.variable(datadog.SITE), base_url=settings.origin(datadog.ADDRESS)
        )
    if nr_key := settings.variable(newrelic.KEY):
        found["newrelic"] = lambda: newrelic.NewRelic(nr_key, base_url=settings.origin(newrelic.ADDRESS))
    return found


def _set(session: Session, name: str, *, is_on: bool) -> None:
    with session.connection("figures") as connection:
        Alerts(connection).set_alert(FIGURES_UNSENT, name, is_on=is_on, counts={})
