"""SIGKILL between accept and effect, and in the middle of the work: what was answered is done once, whatever died."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from contact_pipeline.opening import open_session
from contact_pipeline.outreach.working_off import work_off
from contact_pipeline_tests.dns_server import DnsServer
from contact_pipeline_tests.installation import REPOSITORY, Installation
from contact_pipeline_tests.lab.failpoints import Bench, Failpoint, exit_code, watched
from contact_pipeline_tests.lab.lab import Lab
from contact_pipeline_tests.outreach.test_any_order import MIA, NOBODY, SECOND, TOM, begin, state
from contact_pipeline_tests.outreach.told import bounced, happened, receive
from contact_pipeline_tests.web.edge import SECRET
from contact_pipeline_tests.web.served import ask

KILLED = -signal.SIGKILL
BATCH = 2
EVENTS = (
    ("bounce", bounced(MIA, "soft", message_id="m1", event_id="1")),
    ("bounce", bounced(SECOND, "hard", event_id="2")),
    ("event", happened("delivered", TOM, "m2", event_id="3")),
    ("event", happened("complained", TOM, "m2", event_id="4")),
    ("event", happened("unsubscribed", MIA, "m1", purpose="news", event_id="5")),
    ("bounce", bounced(NOBODY, "hard", event_id="6")),
)


def work_until(bench: Bench, failpoint: Failpoint) -> None:
    """In another process."""
    with bench.open() as lab:
        lab.with_source("shop", purpose="news")
        with watched(failpoint):
            work_off(lab.session, batch=BATCH)


def arrange(lab: Lab) -> None:
    lab.with_source("shop", purpose="news")
    begin(lab)
    for provider, event in EVENTS:
        receive(lab, provider, event)


@pytest.mark.parametrize(
    "failpoint", [*(Failpoint(commit=n) for n in (1, 2, 3)), *(Failpoint(wait=n) for n in (9, 25, 60))]
)
def test_a_worker_that_is_killed_is_followed_by_one_that_finishes(
    lab: Lab, tmp_path: Path, dns: DnsServer, failpoint: Failpoint
) -> None:
    arrange(lab)
    assert sum(work_off(lab.session, batch=BATCH).counts.values()) == len(EVENTS)
    expected = state(lab)
    arrange(lab)
    bench = Bench(lab.session.database_url, tmp_path, dns.address, lab.now)
    assert exit_code(work_until, bench, failpoint) == KILLED
    with lab.psql() as connection:  # the server has noticed that it is gone
        connection.execute("select pg_advisory_xact_lock(hashtext('contact_pipeline.inbound_events'))")
    done = lab.value("select count(*) from ops.inbound_events where applied_at is not null")
    assert done < len(EVENTS)
    assert sum(work_off(lab.session, batch=BATCH).counts.values()) == len(EVENTS) - done
    assert state(lab) == expected


def test_what_was_answered_outlives_the_edge(installation: Installation) -> None:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    environment = os.environ | dict(installation.environment) | {"CONTACT_PIPELINE_WEBHOOK_SECRET": SECRET}
    command = [str(Path(sys.executable).with_name("contact-pipeline")), "serve", "--port", str(port)]
    edge = subprocess.Popen(command, env=environment, cwd=REPOSITORY, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                assert ask(port, path="/health").status == 200
                break
            except OSError:
                assert edge.poll() is None and time.monotonic() < deadline
                time.sleep(0.1)
        body = json.dumps([{"email": f"quux{n}@orchid.net", "bounce_type": "hard"} for n in range(50)])
        answer = ask(port, "POST", "/webhooks/email-bounce", [("Authorization", f"Bearer {SECRET}")], body=body)
        assert answer.status == 200
    finally:
        edge.kill()
        edge.wait()
    assert installation.rows("select count(*) from ops.inbound_events") == [(50,)]
    installation.rows("select pg_advisory_xact_lock(hashtext('contact_pipeline.inbound_events'))")
    with open_session(installation.settings) as session:
        work_off(session)
    assert installation.rows("select outcome, count(*) from ops.inbound_events group by 1") == [("nobody", 50)]
    assert installation.rows("select count(*) from core.suppressions where reason = 'hard_bounce'") == [(50,)]
