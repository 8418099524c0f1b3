"""A vendor that answers with more rows than subjects, or twice for one, is refused by name, whoever it is.

Generated: every registered provider, by every way it can be asked, with its own simulator, whose honest answers are
spoilt on the way out: each list of objects and each table in them grows, or repeats its first row.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from contact_pipeline.adapters.postgres.call_ledger import PostgresCallLedger
from contact_pipeline.core.asking import Asker
from contact_pipeline.core.jobs import BulkJobs
from contact_pipeline.core.pacing import TokenBucket
from contact_pipeline.core.providers import Fault, Layer, Provider
from contact_pipeline.profiles import PersonQuestion
from contact_pipeline.settings import load_settings
from contact_pipeline.vendors import registry
from contact_pipeline_tests.lab.serve import LocalLab, serve
from contact_pipeline_tests.lab.test_limits import POLICY
from contact_pipeline_tests.lab.vendor import Request, Response
from contact_pipeline_tests.pipeline.lab import KEY, Lab

NAMES = ("clara", "bruno", "mia")
FOREIGN = "foreign"  # in the place of a name that was asked for
OVERRUNS = {Fault.TOO_MANY_ROWS, Fault.REPEATED_SUBJECT}
WAYS = {"job": "upload", "batch": "ask_batch", "single": "ask"}


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
            name=f"{name.title()} Dorn", given_name=name.title(), family_name="Dorn", company_domain="d0.lab.test",
            email=None if layer is Layer.ADDRESS else f"{name}.dorn@d0.lab.test",
        )
        for name in NAMES
    ]  # fmt: skip


def longer(rows: list[Any]) -> list[Any]:
    """One more row, of somebody nobody asked for."""
    return [*rows, json.loads(json.dumps(rows[-1]).replace(NAMES[-1], FOREIGN).replace(NAMES[0], FOREIGN))]


def doubled(rows: list[Any]) -> list[Any]:
    """Every row twice."""
    return [*rows, *rows]


def repeated(rows: list[Any]) -> list[Any]:
    """As many rows, all of them the first."""
    return [rows[0]] * len(rows)


Spoil = Callable[[list[Any]], list[Any]]


def spoilt(value: Any, spoil: Spoil) -> Any:
    """Every list of objects in it, also in a text that is JSON itself."""
    if isinstance(value, dict):
        return {name: spoilt(inner, spoil) for name, inner in value.items()}
    if isinstance(value, list) and value and all(isinstance(row, dict) for row in value):
        return spoil([spoilt(row, spoil) for row in value])
    if isinstance(value, str) and value.startswith("["):
        return json.dumps(spoilt(json.loads(value), spoil))
    return value


def spoilt_response(response: Response, spoil: Spoil) -> Response:
    body = response.content.decode()
    try:
        return replace(response, body=spoilt(json.loads(body), spoil))
    except ValueError:
        head, *rows = body.splitlines(keepends=True)
        return replace(response, body="".join([head, *spoil(rows)])) if rows and "," in head else response


@pytest.fixture(scope="module")
def vendors() -> Iterator[LocalLab]:
    with serve(domains=3) as opened:
        yield opened


def way_of(provider: Provider, way: str) -> Provider:
    """The provider, made to be asked that way whatever the number of subjects."""
    limits = replace(
        provider.limits,
        job_from=1 if way == "job" else 0,
        batch_size=provider.limits.batch_size if way == "batch" else 1,
    )
    provider.limits = limits
    return provider


EVERY_WAY = [
    pytest.param(layer, name, way, id=f"{layer}-{name}-{way}")
    for layer, name in registry.every_offer()
    for way, call in WAYS.items()
    if hasattr(registry.make(load_settings({"REACHER_BASE_URL": "http://127.0.0.1:1"}), POLICY, layer, name), call)
]


def asked(lab: Lab, vendors: LocalLab, layer: Layer, name: str, way: str) -> tuple[dict[str, int], Asker]:
    """How many calls ended how, as `outcome/fault`."""
    provider = way_of(registry.make(load_settings(vendors.environment), POLICY, layer, name), way)
    with lab.pipeline.connection() as connection:
        ledger = PostgresCallLedger(connection, layer, now=lab.now, refresh_days=90, budgets={}, configured=[name])
        jobs = BulkJobs(ledger, sleep=lambda _: None)
        asker = Asker(
            ledger, [(provider, 0.0)], key=lambda subject: KEY.email(repr(subject)), jobs=jobs,
            bucket=lambda _: TokenBucket(1_000, 1.0), is_askable=lambda _: True,
        )  # fmt: skip
        asker.ask(subjects(layer))
    ended = lab.rows("select outcome || '/' || coalesce(fault, ''), count(*) from ops.provider_calls group by 1")
    return {str(how): int(count) for how, count in ended}, asker


@pytest.mark.parametrize(("layer", "name", "way"), EVERY_WAY)
@pytest.mark.parametrize("spoil", [longer, doubled, repeated])
def test_rows_that_nobody_asked_for_are_an_overrun(
    lab: Lab, vendors: LocalLab, monkeypatch: pytest.MonkeyPatch, layer: Layer, name: str, way: str, spoil: Spoil
) -> None:
    honest, _ = asked(lab, vendors, layer, name, way)
    assert sum(honest.values()) == len(NAMES) and "reserved/" not in honest
    lab.forget_everything()
    vendor, was_spoilt = vendors.vendors[name], []
    getattr(vendor, "read", set()).clear()  # PhantomBuster's agent opens no page twice
    respond = vendor._respond

    def harmful(request: Request) -> Response:
        response = respond(request)
        worse = spoilt_response(response, spoil)
        was_spoilt.append(worse.content != response.content)
        return worse

    with monkeypatch.context() as patch:
        patch.setattr(vendor, "_respond", harmful)
        ended, asker = asked(lab, vendors, layer, name, way)
    assert sum(ended.values()) == len(NAMES)
    assert "reserved/" not in ended  # nothing hangs, and is asked for again for ever
    named = {f"failed/{fault}" for fault in (*OVERRUNS, Fault.OTHER_SUBJECT)}
    if way == "single":  # one object for one subject: a list beside it changes nothing, or is refused
        assert ended == honest or set(ended) <= named | {"failed/bad_answer"}
    else:
        assert any(was_spoilt)
        assert set(ended) <= named | set(honest)
        assert set(ended) & named or set(asker.tally.stopped.values()) & OVERRUNS


def test_a_job_is_over_after_an_overrun(lab: Lab, vendors: LocalLab, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would answer the same whenever it is asked, so no later run takes it up."""
    vendor = vendors.vendors["neverbounce"]
    respond = vendor._respond
    with monkeypatch.context() as patch:
        patch.setattr(vendor, "_respond", lambda request: spoilt_response(respond(request), doubled))
        ended, asker = asked(lab, vendors, Layer.MAILBOX, "neverbounce", "job")
    assert ended == {"failed/repeated_subject": len(NAMES)}
    assert asker.tally.stopped == {"neverbounce": Fault.REPEATED_SUBJECT}
    assert lab.rows("select state from ops.provider_jobs") == [("failed",)]
