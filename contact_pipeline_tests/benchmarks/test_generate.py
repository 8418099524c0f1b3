"""The generator: same bytes for the same arguments, and the shape the figures rely on."""

import csv
from collections import Counter
from pathlib import Path

import phonenumbers
import pytest

from benchmarks.domains import KINDS, ZONE, domain_kind, domain_name
from benchmarks.generate import HEADER, write_contacts

ROWS, DOMAINS = 5000, 500


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, str]]:
    path = tmp_path_factory.mktemp("generated") / "contacts.csv"
    said = write_contacts(path, rows=ROWS, domains=DOMAINS)
    assert said["rows"] == ROWS
    assert said["bytes"] == path.stat().st_size
    return _read(path)


def test_same_arguments_same_bytes(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("a.csv", "b.csv", "c.csv")]
    for path, seed in zip(paths, (1, 1, 2), strict=True):
        write_contacts(path, rows=300, domains=20, seed=seed)
    first, second, other = (path.read_bytes() for path in paths)
    assert first == second != other


def test_shape(rows: list[dict[str, str]]) -> None:
    assert len(rows) == ROWS
    assert tuple(rows[0]) == HEADER
    emails = [row["Email"].lower() for row in rows if "@" in row["Email"]]
    assert 0.015 < 1 - len(set(emails)) / len(emails) < 0.025
    domains = Counter(email.partition("@")[2] for email in emails)
    assert set(domains) == {domain_name(n) for n in range(DOMAINS)}
    assert domains.most_common(1)[0][1] > 20 * len(emails) / DOMAINS / 4  # skewed
    assert 0.55 < sum(bool(row["Phone"]) for row in rows) / ROWS < 0.65
    assert 0.4 < sum(bool(row["LinkedIn URL"]) for row in rows) / ROWS < 0.6


def test_phones_are_mostly_valid_in_their_country(rows: list[dict[str, str]]) -> None:
    regions = {
        "United States": "US", "United Kingdom": "GB", "Germany": "DE",
        "France": "FR", "India": "IN", "Brazil": "BR", "Australia": "AU", "": None,
    }  # fmt: skip
    valid = 0
    phones = [(row["Phone"], regions[row["Country"]]) for row in rows if row["Phone"]]
    for phone, region in phones:
        try:
            valid += phonenumbers.is_valid_number(phonenumbers.parse(phone, region))
        except phonenumbers.NumberParseException:
            continue
    assert 0.9 < valid / len(phones) < 0.99


def test_too_few_rows_for_the_domains_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="ask for at most"):
        write_contacts(tmp_path / "x.csv", rows=10, domains=11)


def test_domains_are_distinct_and_of_every_kind() -> None:
    names = {domain_name(n) for n in range(3000)}
    assert len(names) == 3000
    assert all(name.endswith(f".{ZONE}") for name in names)
    assert {domain_kind(n) for n in range(10_000)} == set(KINDS)
