"""Asking any vendor whichever way it can be asked, over a real ledger; also in a process that dies meanwhile."""

import os
import signal
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from unittest.mock import patch

import requests

from contact_pipeline.adapters.postgres.engine import Connection, connect
from contact_pipeline.asking.asker import Asker
from contact_pipeline.asking.bulk_jobs import BulkJobs
from contact_pipeline.asking.call_ledger import CallLedger
from contact_pipeline.asking.pacing import TokenBucket
from contact_pipeline.core.providers import Layer, Provider
from contact_pipeline.profiles.ports import PersonQuestion
from contact_pipeline.settings import load_settings
from contact_pipeline.vendors import registry
from contact_pipeline_tests.lab.facts import POLICY
from contact_pipeline_tests.lab.lab import KEY

NAMES = ("clara", "bruno", "mia")


def subjects(layer: Layer) -> list[Any]:
    match layer:
        case Layer.MAILBOX | Layer.ACTIVITY:
            return [f"{name}.dorn@d0.lab.test" for name in NAMES]
        case Layer.CARRIER:
            return [f"+1415555{n}" for n in (2671, 2672, 2673)]
        case Layer.COMPANY:
            return ["d0.lab.test", "d1.lab.test", "d2.lab.test"]
        case Layer.IDENTITY:
            return [PersonQuestion(linkedin_url=f"https://www.linkedin.com/in/{name}-dorn-0") for name in NAMES]
    return [
        PersonQuestion(
            name=f"{name.title()} Dorn",
            given_name=name.title(),
            family_name="Dorn",
            company_domain="d0.lab.test",
            email=None if layer is Layer.ADDRESS else f"{name}.dorn@d0.lab.test",
        )
        for name in NAMES
    ]


def way_of(provider: Provider, way: str) -> Provider:
    """The provider, made to be asked that way whatever the number of subjects."""
    limits = replace(
        provider.limits,
        job_from=1 if way == "job" else 0,
        batch_size=provider.limits.batch_size if way == "batch" else 1,
    )
    provider.limits = limits
    return provider


def ask_about_all(
    connection: Connection, now: datetime, environment: Mapping[str, str], layer: Layer, name: str, way: str
) -> Asker:
    """Everybody of NAMES, one request at a time."""
    provider = way_of(registry.make(load_settings(environment), POLICY, layer, name), way)
    provider.limits = replace(provider.limits, connections=1)
    ledger = CallLedger(connection, layer, now=now, refresh_days=90, budgets={}, configured=[name])
    jobs = BulkJobs(ledger, sleep=lambda _: None)
    asker = Asker(
        ledger, [(provider, 0.0)], key=lambda subject: KEY.email(repr(subject)), jobs=jobs,
        bucket=lambda _: TokenBucket(1_000, 1.0), is_askable=lambda _: True,
    )  # fmt: skip
    asker.ask(subjects(layer))
    return asker


def die_after_request(url: str, nth: int, *arguments: Any) -> None:
    """In another process: the same, until the vendor has done the work of the n-th request; the answer is lost."""
    request, sent = requests.Session.request, []

    def last(self: requests.Session, *what: Any, **how: Any) -> requests.Response:
        response = request(self, *what, **how)
        sent.append(response)
        if len(sent) == nth:
            os.kill(os.getpid(), signal.SIGKILL)
        return response

    with patch.object(requests.Session, "request", last), connect(url) as connection:
        ask_about_all(connection, *arguments)
