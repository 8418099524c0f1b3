"""A vendor that answers with more rows than subjects, or twice for one, is refused by name, whoever it is.

Generated: every registered provider, by every way it can be asked, with its own simulator, whose honest answers are
spoilt on the way out: each list of objects and each table in them grows, or repeats its first row.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from contact_pipeline.asking.asker import Asker
from contact_pipeline.core.providers import Fault, Layer
from contact_pipeline_tests.lab.lab import Lab
from contact_pipeline_tests.lab.serve import LocalLab, serve
from contact_pipeline_tests.lab.vendor import Request, Response
from contact_pipeline_tests.lab.vendor_child import NAMES, ask_about_all
from contact_pipeline_tests.vendors.asking import EVERY_WAY

FOREIGN = "foreign"  # in the place of a name that was asked for
OVERRUNS = {Fault.TOO_MANY_ROWS, Fault.REPEATED_SUBJECT}


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


def asked(lab: Lab, vendors: LocalLab, layer: Layer, name: str, way: str) -> tuple[dict[str, int], Asker]:
    """How many calls ended how, as `outcome/fault`."""
    with lab.session.connection("test") as connection:
        asker = ask_about_all(connection, lab.now, vendors.environment, layer, name, way)
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
