"""Values that occur nowhere else, one in every kind of column and in the file's name. In lower case."""

import csv
from pathlib import Path

NAMES = ("zebedeeqx", "yolandeqx", "xaverqx")
SEEDS = (
    *NAMES, "seedbox", "seedomain", "9178657631", "7865559", "seedcorp", "seedtitle", "seedprofile", "seedtown",
    "seednote", "seedheader", "1961-07-13", "203.0.113.77", "seedreason", "seedrecord", "seedfile", "seedbroken",
)  # fmt: skip
HEADER = (
    "Record ID", "Name", "Email", "Phone", "Company", "Title", "LinkedIn URL", "Location", "Seedheader", "Birthday",
    "consent_ip", "consent_date", "email_opt_out_reason",
)  # fmt: skip


def seeded_file(folder: Path) -> Path:
    """Three people, one of them with damaged values, and a row that is quarantined."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "export-of-seedfile.csv"
    with path.open("w", newline="") as stream:
        out = csv.writer(stream)
        out.writerow(HEADER)
        for number, name in enumerate(NAMES):
            row = (
                f"seedrecord{number}", f"{name} Quux", f"seedbox{number}@seedomain.net", "+1 917-865-7631", "Seedcorp",
                "Seedtitle", f"https://www.linkedin.com/in/seedprofile{number}", "Seedtown", "a seednote",
                "1961-07-13", "203.0.113.77", "2026-01-02", "seedreason" if number == 2 else "",
            )  # fmt: skip
            out.writerow(row)
        for number in range(30):
            out.writerow([f"r{number}", "", f"plain{number}@orchid.net"] + [""] * 10)
        out.writerow(["seedbroken"] * 20)
    return path
