"""Nobody in data/samples can be real: addresses, phone numbers and IPs are in ranges that belong to nobody."""

import csv
import io
import ipaddress
import re
from pathlib import Path

import pytest

SAMPLES = Path(__file__).resolve().parents[2] / "data" / "samples"
FILES = sorted(SAMPLES.glob("*/*.csv"))

RESERVED = re.compile(r"(^|\.)(test|example)$")  # RFC 2606, RFC 6761
# Longest local part each provider gives out (dots do not count at Gmail); 40 is the highest of them.
PROVIDERS = {"gmail.com": 30, "yahoo.com": 32, "icloud.com": 20, "aol.com": 32, "gmx.de": 40, "web.de": 40}
PLACEHOLDERS = {"none@none.com"}
NO_DOMAIN = {"front.desk@lanternharbour"}

# Ranges for fiction, as digits from the country code or as written at home: NANP, Ofcom, ACMA, ARCEP, BNetzA, PTS.
FICTION = re.compile(
    r"1?\d{3}55501\d\d|18005550199"
    r"|(44|0|440)(2079460\d{3}|7700900\d{3}|1614960\d{3})"
    r"|(61|0)491570(006|110|156|157|158|159|313|737)"
    r"|(33|0)(19900\d{4}|63998\d{4})"
    r"|(49|0|0049)(3023125\d{3}|8999998\d{3})"
    r"|(46|0)7017406\d\d"
)
PHONE_COLUMN = re.compile(r"\b(phone|sms)\b(?!.*\b(label|blacklisted)\b)", re.IGNORECASE)
EXTENSION = re.compile(r"\s*(ext\.?|x)\s*\d+$")
HARMLESS = re.compile(r"\d\.\d+E\+\d\d|12345|\D*")  # damaged, too short, words


def _text(path: Path) -> str:
    data = path.read_bytes()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252")


def _records(path: Path) -> list[list[str]]:
    text = _text(path)
    if path.parent.name == "linkedin":
        text = text.partition("\n\n")[2]
    delimiter = ";" if path.parent.name == "brevo" else ","
    return [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if row]


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.parent.name + "/" + p.stem[:20])
class TestNobodyIsReal:
    def test_addresses(self, path: Path) -> None:
        found = {a.lower().strip(".") for a in re.findall(r"[\w.+'-]+@+[\w.-]+", _text(path))}
        for address in found - PLACEHOLDERS - NO_DOMAIN:
            local, _, domain = address.replace("@@", "@").partition("@")
            if not RESERVED.search(domain):
                assert PROVIDERS[domain] <= 40 < len(local.replace(".", "")), address
                assert len(local) <= 64, address

    def test_phones(self, path: Path) -> None:
        header, *rows = _records(path)
        columns = [i for i, name in enumerate(header) if PHONE_COLUMN.search(name)]
        for row in rows:
            for cell in (row[i] for i in columns if i < len(row)):
                for number in cell.split(" ::: "):
                    digits = re.sub(r"\D", "", EXTENSION.sub("", number))
                    assert HARMLESS.fullmatch(number) or FICTION.fullmatch(digits), number

    def test_ip_addresses(self, path: Path) -> None:
        for text in re.findall(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])|2001:[0-9a-f:]+", _text(path)):
            address = ipaddress.ip_address(text)
            documentation = ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
            assert any(address in ipaddress.ip_network(n) for n in documentation if (":" in n) == (":" in text)), text


def test_the_founding_case_has_51_contacts_with_their_grounds() -> None:
    with (SAMPLES / "founding" / "founding-contacts.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 51
    assert len({row["name"] for row in rows}) == 51
    for row in rows:
        assert row["data_source"] and row["confidence"] and row["processing_purpose"] and row["retention_period"]
        assert bool(row["consent_date"]) != bool(row["legitimate_interest_basis"])
