"""Contact CSVs of any size, the same bytes for the same arguments.

The people are invented, the phone numbers are random and may be somebody's: write such a file to a temporary folder
and never commit it (data/samples/ holds files whose numbers are safe).
"""

import argparse
import csv
import json
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.domains import domain_name

HEADER = ("First Name", "Last Name", "Email", "Phone", "Company", "Title", "Country", "LinkedIn URL", "City")
DUPLICATES = 0.02  # rows that repeat the e-mail of another row
EMPTY_EMAILS = 0.01
BROKEN_EMAILS = 0.005
DAMAGED_PHONES = 0.04
LINKEDIN_SHARE = 0.5
CHUNK = 50_000  # rows written at a time

Numbers = npt.NDArray[np.int64]

_GIVEN = (
    "Ada", "Bruno", "Clara", "Dario", "Elin", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Kaya", "Liam", "Mona",
    "Nils", "Olga", "Pablo", "Quinn", "Rosa", "Sven", "Tara", "Uwe", "Vera", "Wim", "Xenia", "Yara", "Zoe",
    "André", "Bénédicte", "Çelik", "Jürgen", "José", "Zoë", "Anaïs", "Søren", "Łukasz", "Priya", "Arjun", "Thiago",
    "Beatriz", "Mateo",
)  # fmt: skip
_FAMILY = (
    "Abara", "Bergqvist", "Castell", "Dorn", "Ekholm", "Fontaine", "Grau", "Hallam", "Ibsen", "Jarvis", "Kessler",
    "Lindqvist", "Moreau", "Novak", "Okafor", "Pereira", "Quist", "Rossi", "Steiner", "Tanaka", "Urban", "Varga",
    "Weiss", "Ximenes", "Young", "Zeller", "O'Rourke", "Müller", "Gonçalves", "Nuñez", "Sharma", "Iyer", "Souza",
    "Almeida", "Whitlam", "Marsden", "Beck", "Holm", "Laurent", "Petit",
)  # fmt: skip
_TITLES = (
    "Head of Procurement", "VP, Sales", "CFO", "Operations Manager", "Founder & CEO", "Marketing Lead",
    "Senior Buyer", "Data Engineer", "Legal Counsel", "Plant Manager", "Product Owner", "Director of Partnerships",
    "CTO", "Office Manager", "",
)  # fmt: skip
_COMPANY_FORMS = ("{} Ltd", "{} GmbH", "{} Inc.", "{}, Inc.", "{} SAS", "{} & Co", "{}")
_PLAIN = str.maketrans("àáâäãåçèéêëìíîïñòóôöõøùúûüýÿłŁÇ'", "aaaaaaceeeeiiiinoooooouuuuyyllc ")


def _us(n: int) -> tuple[str, str]:
    area = (
        201 + n // 10_000 % 3
        if n % 5 == 0
        else (212, 213, 312, 415, 503, 518, 602, 617, 702, 713, 808, 917)[n // 7 % 12]
    )
    line = n % 10_000
    return f"+1 {area} 555 {line:04d}", f"({area}) 555-{line:04d}"


def _fixed(code: str, prefix: str, digits: int, trunk: str) -> Callable[[int], tuple[str, str]]:
    def write(n: int) -> tuple[str, str]:
        rest = f"{n % 10**digits:0{digits}d}"
        return f"+{code} {prefix}{rest}", f"{trunk}{prefix} {rest}"

    return write


# country, a city, weight, how a number is written internationally and at home
_COUNTRIES: tuple[tuple[str, str, float, Callable[[int], tuple[str, str]]], ...] = (
    ("United States", "Springfield", 0.35, _us),
    ("United Kingdom", "Leeds", 0.15, _fixed("44", "7712", 6, "0")),
    ("Germany", "Kassel", 0.14, _fixed("49", "151", 8, "0")),
    ("France", "Rennes", 0.10, _fixed("33", "61", 7, "0")),
    ("India", "Pune", 0.10, _fixed("91", "98", 8, "0")),
    ("Brazil", "Campinas", 0.08, _fixed("55", "119", 8, "0")),
    ("Australia", "Hobart", 0.08, _fixed("61", "412", 6, "0")),
)


def _damaged(n: int, written: str) -> str:
    return (f"{n % 10}.{n % 89 + 10}E+09", "12345", f"'{written}", "call me", f"{written}{n % 10**7:07d}", "N/A")[n % 6]


def _domains_of_rows(rng: np.random.Generator, originals: Numbers, rows: int, domains: int) -> Numbers:
    """Every domain once, the rest skewed as 1/rank (a few providers hold most addresses)."""
    weights = 1.0 / np.arange(1, domains + 1)
    chosen = rng.choice(domains, size=rows, p=weights / weights.sum()).astype(np.int64)
    chosen[rng.permutation(originals)[:domains]] = np.arange(domains)
    return chosen


def write_contacts(
    path: Path, *, rows: int, domains: int | None = None, phones_share: float = 0.6, seed: int = 51
) -> dict[str, object]:
    """Write `rows` contacts over exactly `domains` distinct domains (default a tenth of the rows); says what it wrote.

    Raises ValueError when there are fewer rows that name their own domain than domains.
    """
    domains = max(1, rows // 10) if domains is None else domains
    started = time.perf_counter()
    rng = np.random.default_rng(seed)
    fate = rng.random(rows)
    original = fate >= DUPLICATES
    has_email = fate < 1 - EMPTY_EMAILS - BROKEN_EMAILS
    originals = np.flatnonzero(original & has_email)
    if len(originals) < domains:
        raise ValueError(f"{rows} rows cannot name {domains} distinct domains: ask for at most {len(originals)}")
    base = np.arange(rows)
    base[~original] = rng.choice(originals, size=int((~original).sum()))
    domain_of = _domains_of_rows(rng, originals, rows, domains)[base]
    given, family = (rng.integers(len(names), size=rows)[base] for names in (_GIVEN, _FAMILY))
    has_linkedin = rng.random(rows)[base] < LINKEDIN_SHARE
    country = rng.choice(len(_COUNTRIES), size=rows, p=[c[2] for c in _COUNTRIES])
    has_phone = rng.random(rows) < phones_share
    digits = rng.integers(10**9, size=rows)
    has_country = rng.random(rows) < 0.9
    is_damaged = rng.random(rows) < DAMAGED_PHONES
    spelling = rng.random(rows)
    title = rng.integers(len(_TITLES), size=rows)

    def record(i: int) -> tuple[str, ...]:
        first, last, serial = _GIVEN[given[i]], _FAMILY[family[i]], int(base[i])
        domain = domain_name(int(domain_of[i]))
        plain = f"{first}.{last}".lower().translate(_PLAIN).replace(" ", "")
        email = f"{plain}{serial}@{domain}"
        if not has_email[i]:
            email = "" if fate[i] >= 1 - EMPTY_EMAILS else email.replace("@", " at ")
        elif spelling[i] < 0.1:
            email = email.upper() if spelling[i] < 0.02 else email.title()
        nation, city, _, write = _COUNTRIES[country[i]]
        international, national = write(int(digits[i]))
        phone = national if has_country[i] and digits[i] % 2 else international
        if is_damaged[i]:
            phone = _damaged(int(digits[i]), phone)
        stem = domain.split(".")[0].replace("-", " ").title()
        return (
            first,
            last,
            email,
            phone if has_phone[i] else "",
            _COMPANY_FORMS[domain_of[i] % len(_COMPANY_FORMS)].format(stem),
            _TITLES[title[i]],
            nation if has_country[i] else "",
            f"https://www.linkedin.com/in/{plain.replace('.', '-')}-{serial}" if has_linkedin[i] else "",
            city,
        )

    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER)
        for start in range(0, rows, CHUNK):
            writer.writerows([record(i) for i in range(start, min(start + CHUNK, rows))])
    return {
        "rows": rows,
        "domains": domains,
        "distinct_emails": int((original & has_email).sum()),
        "bytes": path.stat().st_size,
        "seconds": round(time.perf_counter() - started, 2),
    }


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.generate", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--domains", type=int, help="default: a tenth of the rows")
    parser.add_argument("--phones-share", type=float, default=0.6)
    parser.add_argument("--seed", type=int, default=51)
    parser.add_argument("--out", type=Path, required=True, help="in a temporary folder: never commit this file")
    a = parser.parse_args()
    print(json.dumps(write_contacts(a.out, rows=a.rows, domains=a.domains, phones_share=a.phones_share, seed=a.seed)))


if __name__ == "__main__":
    main()
