"""Whoever the vendor is, and however it is asked: a run that is killed forgets nobody, and pays for nobody again but
whom it was just asking about.

What a killed stage leaves behind, step by step of the ledger: test_provider_crashes.py.
"""

import signal

import pytest

from contact_pipeline.core.providers import Layer
from contact_pipeline_tests.lab.failpoints import exit_code, wait_for_the_dead
from contact_pipeline_tests.lab.lab import Lab
from contact_pipeline_tests.lab.serve import environment_of, every_fact
from contact_pipeline_tests.lab.vendor import Vendor
from contact_pipeline_tests.lab.vendor_child import NAMES, ask_about_all, die_after_request
from contact_pipeline_tests.vendors.asking import EVERY_WAY, provider_at

HELD = """
select count(distinct c.subject_key) from ops.provider_calls c join ops.provider_jobs j on j.id = c.job_id
where (c.outcome, j.state) = ('outcome_unknown', 'outcome_unknown')
"""
IN_FLIGHT = {"single": 1, "batch": len(NAMES), "job": 0}


def ask(lab: Lab, vendor: Vendor, layer: Layer, way: str) -> None:
    with lab.session.connection("test") as connection:
        ask_about_all(connection, lab.now, environment_of(vendor), layer, vendor.name, way)


@pytest.mark.parametrize(("layer", "name", "way"), EVERY_WAY)
def test_a_killed_run_forgets_nobody_and_pays_nobody_twice(lab: Lab, layer: Layer, name: str, way: str) -> None:
    simulator = every_fact()[name].simulator
    with simulator() as vendor:
        ask(lab, vendor, layer, way)
        requests = len(vendor.requests)
    points = range(1, requests + 1) if way == "job" else [requests - 1] if way == "single" else [requests]
    held_at = set()
    for nth in points:
        lab.forget_everything()
        with simulator() as vendor:
            arguments = (lab.session.database_url, nth, lab.now, environment_of(vendor), layer, name, way)
            assert exit_code(die_after_request, *arguments) == -signal.SIGKILL
            wait_for_the_dead(lab.session.database_url)
            for _ in range(2):  # whom nobody could tell about rests for an hour
                ask(lab, vendor, layer, way)
                lab.passes(hours=2)
            again = sum(times - 1 for times in vendor.paid.values())
        held = lab.value(HELD)
        assert again <= IN_FLIGHT[way], nth
        assert held in (0, len(NAMES)), nth
        assert lab.value("select count(distinct subject_key) from ops.provider_calls") == len(NAMES), nth
        assert not lab.rows("select from ops.provider_calls where outcome = 'reserved'"), nth
        assert not lab.rows("select from ops.provider_jobs where state in ('uploading', 'uploaded')"), nth
        if held:
            held_at.add(nth)
    # Nobody can tell whether an upload that is not found again was taken: a person decides.
    is_findable = getattr(provider_at("http://127.0.0.1:1", layer, name), "is_findable", True)
    assert len(held_at) == (0 if way != "job" or is_findable else 1)
