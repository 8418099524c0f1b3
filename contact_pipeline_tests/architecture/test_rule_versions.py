"""A rule that changes has another version, else nobody would be judged by it until something else makes them due."""

import json
import pkgutil

import pytest

import contact_pipeline
from contact_pipeline.quality.freshness import STAGE_RULES
from contact_pipeline_tests.architecture.rule_versions import (
    NO_RULES,
    RECORD,
    ROOMS,
    RULES,
    fault,
    now,
    plain_python,
    plain_sql,
)

ONE = (
    '"""A rule."""\nimport re\n\nWORDS = ("a", "b")\n\n\ndef rule(x: int) -> int:\n    """Says."""\n    return x + 1\n'
)
SAME = "import json\n\nWORDS = (  # why\n    'a',\n    'b',\n)\n\n\ndef rule(x):\n    return (x + 1)\n"


@pytest.mark.parametrize("name", sorted(RULES))
def test_the_sources_are_those_of_the_version(name: str) -> None:
    recorded = json.loads(RECORD.read_text(encoding="utf-8"))
    assert set(recorded) == set(RULES)
    found = fault(name, recorded[name], now()[name])
    assert found is None, found


def test_every_module_of_a_room_with_rules_is_decided_about() -> None:
    modules = {
        f"{room}.{module.name}"
        for room in ROOMS
        for module in pkgutil.iter_modules([f"{contact_pipeline.__path__[0]}/{room}"])
    }
    of_rules = {module for rule in RULES.values() for module in rule.modules}
    assert modules - of_rules - set(NO_RULES) == set()
    assert not of_rules & set(NO_RULES)


def test_stages_compare_the_versions_of_this_table() -> None:
    assert set(STAGE_RULES.values()) == {RULES[name].version for name in ("landing", "contacts", "profiles")}


def test_formatting_comments_imports_and_annotations_do_not_count() -> None:
    assert plain_python(ONE) == plain_python(SAME)
    assert plain_sql("select 1 -- one\n  from\n x where y = '--  a'") == plain_sql("select 1 from x where y = '--  a'")


@pytest.mark.parametrize("other", (ONE.replace("x + 1", "x + 2"), ONE.replace('"b"', '"c"'), ONE + "rule = None\n"))
def test_code_does(other: str) -> None:
    assert plain_python(ONE) != plain_python(other)
    assert plain_sql("select ' a'") != plain_sql("select 'a'")


def test_what_is_to_do_is_said() -> None:
    old = {"version": "contacts-2", "sources": "a"}
    assert "Raise people.apply:APPLY_RULES, then run" in str(fault("contacts", old, old | {"sources": "b"}))
    assert "to record it" in str(fault("contacts", old, {"version": "contacts-3", "sources": "b"}))
    assert fault("contacts", old, dict(old)) is None
