"""What the policy file refuses, and what follows from its keys."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from contact_pipeline.core.errors import ConfigurationError
from contact_pipeline.policy.file import Policy, load_policy
from contact_pipeline.vendors.registry import provider_names

SOURCES = """
[sources.news]
purpose = "newsletter"
retention_days = 1095
[sources.fair]
purpose = "newsletter"
[sources.shop]
purpose = "orders"
retention_days = 400
"""


def policy_of(text: str, folder: Path) -> Policy:
    file = folder / "policy.toml"
    file.write_text(text, encoding="utf-8")
    return load_policy(file, provider_names())


def test_the_shorter_of_source_and_purpose_counts(tmp_path: Path) -> None:
    both = policy_of(SOURCES + "[retention]\npurposes = { newsletter = 730, orders = 3650 }", tmp_path)
    assert [both.retention_days(name) for name in ("news", "fair", "shop", "nobody")] == [730, 730, 400, None]
    neither = policy_of(SOURCES, tmp_path)
    assert [neither.retention_days(name) for name in ("news", "fair", "shop")] == [1095, None, 400]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[retention]\npurposes = { newsleter = 730 }", "'newsleter', which is the purpose of no source"),
        ("[retention]\npurposes = { newsletter = 0 }", "retention.purposes.newsletter"),
        ("[retention]\naction = 'forget'", "retention.action"),
        ("[retention]\nwarning_days = 0", "retention.warning_days"),
        ("[sender]\nnames = 'x'", "sender.names"),
        ("[alerts.quiet_hours]\nstart = '22:00'", "name both start and end"),
        ("[alerts.quiet_hours]\nstart = '7'\nend = '8'", "write a time as 22:00"),
        ("[alerts.quiet_hours]\ntimezone = 'Europe/Berlyn'", "no time zone"),
        ("[alerts]\nrepeat_hours = 1", "alerts.repeat_hours"),
        ("[alerts]\nroutes = { warning = ['fax'] }", "alerts.routes.warning"),
        ("[alerts.email]\nto = ['Team <a@orchid.net>']", "write a bare address"),
    ],
)  # fmt: skip
def test_a_typing_error_is_refused_with_its_place(text: str, fault: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=fault):
        policy_of(SOURCES + text, tmp_path)


def test_quiet_hours_end_on_the_next_day_and_keep_their_zone(tmp_path: Path) -> None:
    text = "[alerts.quiet_hours]\nstart = '22:00'\nend = '07:00'\ntimezone = 'America/New_York'"
    quiet = policy_of(text, tmp_path).alerts.quiet_hours
    hours = [hour for hour in range(24) if quiet.holds(datetime(2026, 7, 1, hour, tzinfo=UTC))]
    assert hours == [2, 3, 4, 5, 6, 7, 8, 9, 10]  # summer time there
    midday = policy_of("[alerts.quiet_hours]\nstart = '12:00'\nend = '13:00'", tmp_path).alerts.quiet_hours
    assert [hour for hour in range(24) if midday.holds(datetime(2026, 7, 1, hour, tzinfo=UTC))] == [12]


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("", ("name", "postal_address")),
        ("[sender]\nname = 'Orchid Ltd.'", ("postal_address",)),
        ("[sender]\nname = 'Orchid Ltd.'\npostal_address = '  '", ("postal_address",)),
        ("[sender]\nname = 'Orchid Ltd.'\npostal_address = '1 Street'", ()),
    ],
)
def test_a_sender_is_complete_with_name_and_postal_address(text: str, missing: tuple[str, ...], tmp_path: Path) -> None:
    sender = policy_of(text, tmp_path).sender
    assert (sender.missing, sender.is_complete) == (missing, not missing)
