"""The obvious per-row loop over the same libraries: what the pipeline's rows a second are compared with.

One row at a time: email-validator, dnspython (answers kept by domain, as even the obvious script does), phonenumbers;
then DataFrame.to_sql. No provenance, no history, no consent, no resuming: it does far less than the pipeline.
"""

import argparse
import json
import tempfile
import time
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import dns.exception
import dns.resolver
import email_validator
import pandas as pd
import phonenumbers
import sqlalchemy as sa
from babel import Locale

from benchmarks.dns_zone import ZoneServer
from benchmarks.generate import write_contacts
from benchmarks.sandbox import machine, sandbox

ROWS = 20_000
TABLE = "baseline_contacts"


def _addresses(resolver: dns.resolver.Resolver, host: str) -> str:
    try:
        records = resolver.resolve(host, "A")
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return "missing"
    except dns.exception.DNSException:
        return "unknown"
    return "global" if any(ip_address(str(record)).is_global for record in records) else "private"


class _DomainJudge:
    """The pipeline's questions (MX, else A; addresses of the mail hosts), one at a time, each asked once."""

    def __init__(self, resolver: dns.resolver.Resolver) -> None:
        self.resolver = resolver
        self.domains: dict[str, str] = {}
        self.hosts: dict[str, str] = {}

    def judge(self, domain: str) -> str:
        if domain not in self.domains:
            self.domains[domain] = self._ask(domain)
        return self.domains[domain]

    def _ask(self, domain: str) -> str:
        try:
            hosts = [str(record.exchange) for record in self.resolver.resolve(domain, "MX")]
        except dns.resolver.NXDOMAIN:
            return "nxdomain"
        except dns.resolver.NoAnswer:
            hosts = [domain]
        except dns.exception.DNSException:
            return "unknown"
        if hosts == ["."]:
            return "null_mx"
        for host in hosts:
            if host not in self.hosts:
                self.hosts[host] = _addresses(self.resolver, host)
        found = {self.hosts[host] for host in hosts}
        return next(word for word in ("global", "unknown", "private", "missing") if word in found)


def _regions_by_name() -> dict[str, str]:
    names = Locale("en").territories
    return {name: code for code, name in names.items() if len(code) == 2}


def validate_by_row(contacts: pd.DataFrame, resolver: dns.resolver.Resolver) -> pd.DataFrame:
    """The loop. `contacts` has the generator's columns; returns them with e-mail status and E.164 phone."""
    regions, domains = _regions_by_name(), _DomainJudge(resolver)
    judged: list[dict[str, Any]] = []
    for _, row in contacts.iterrows():
        result: dict[str, Any] = {str(column): value for column, value in row.items()}
        try:
            address = email_validator.validate_email(row["Email"], check_deliverability=False)
        except email_validator.EmailNotValidError:
            result["email_status"] = "syntax"
        else:
            result["email_normalized"] = address.normalized
            result["email_status"] = domains.judge(address.ascii_domain)
        if row["Phone"]:
            try:
                number = phonenumbers.parse(row["Phone"], regions.get(row["Country"]))
            except phonenumbers.NumberParseException:
                result["phone_status"] = "invalid"
            else:
                result["phone_e164"] = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
                result["phone_country"] = phonenumbers.region_code_for_number(number)
                result["phone_type"] = phonenumbers.number_type(number)
                result["phone_status"] = "valid" if phonenumbers.is_valid_number(number) else "invalid"
        judged.append(result)
    return pd.DataFrame(judged)


def run_baseline(file: Path, *, database_url: str, dns_server: str) -> dict[str, Any]:
    """Read, judge, write with to_sql; the table is dropped afterwards. dns_server: host:port."""
    resolver = dns.resolver.Resolver(configure=False)
    host, _, port = dns_server.rpartition(":")
    resolver.nameservers, resolver.port = [host], int(port)
    _, _, rest = database_url.partition("://")
    engine = sa.create_engine(f"postgresql+psycopg://{rest}")
    try:
        started = time.perf_counter()
        contacts = pd.read_csv(file, dtype=str, keep_default_na=False)
        judged = validate_by_row(contacts, resolver)
        judged_at = time.perf_counter()
        judged.to_sql(TABLE, engine, if_exists="replace", index=False)
        ended = time.perf_counter()
        with engine.begin() as connection:
            connection.execute(sa.text(f"drop table {TABLE}"))
    finally:
        engine.dispose()
    return {
        "figure": "baseline",
        "rows": len(judged),
        "seconds": round(ended - started, 2),
        "rows_per_second": round(len(judged) / (ended - started)),
        "judging_seconds": round(judged_at - started, 2),
        "writing_seconds": round(ended - judged_at, 2),
        "email_statuses": judged["email_status"].value_counts().to_dict(),
        "machine": machine(),
    }


def baseline(rows: int = ROWS, *, domains: int | None = None, database_url: str | None = None) -> dict[str, Any]:
    """Generate, serve DNS, run. Without a URL the pipeline's embedded server of a fresh home is used."""
    domains = max(1, rows // 10) if domains is None else domains
    with ZoneServer(domains=domains) as zone, tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "contacts.csv"
        write_contacts(file, rows=rows, domains=domains)
        if database_url:
            return run_baseline(file, database_url=database_url, dns_server=zone.address)
        with sandbox(zone.address) as box, box.database() as url:
            return run_baseline(file, database_url=url, dns_server=zone.address)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.baseline", description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--domains", type=int, help="default: a tenth of the rows")
    parser.add_argument("--database-url", help="PostgreSQL; default: an embedded server of its own")
    arguments = parser.parse_args()
    print(json.dumps(baseline(arguments.rows, domains=arguments.domains, database_url=arguments.database_url)))


if __name__ == "__main__":
    main()
