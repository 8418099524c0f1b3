"""What is held of a person, as a page to read and print: no network, no script, every value escaped. Pure."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any

from contact_pipeline.rights.disclosure_schema import meaning_of, meanings

Rows = Sequence[Mapping[str, Any]]
Tables = Mapping[str, Rows]

TITLES = {"access": "What we hold of you", "export": "What was provided to us of you"}
LAWS = {
    "consent": "Your consent (GDPR Art. 6(1)(a)); you may withdraw it at any time.",
    "contract": "A contract with you, or steps before one (GDPR Art. 6(1)(b)).",
    "legitimate_interest": "Our legitimate interest (GDPR Art. 6(1)(f)); you may object at any time.",
}
NO_GROUND = "None is documented. What comes only from there is not used to contact you."

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 70em; margin: 2em auto; padding: 0 1em; color: #111 }
h1 { font-size: 1.7em } h2 { margin-top: 2em; border-bottom: 1px solid #999 } h3 { margin-bottom: .3em }
table { border-collapse: collapse; width: 100%; margin: .5em 0 1.5em } caption { text-align: left; color: #444 }
th, td { border: 1px solid #bbb; padding: .25em .5em; text-align: left; vertical-align: top; overflow-wrap: anywhere }
th { background: #f0f0f0 } td:first-child { white-space: nowrap } .wide { overflow-x: auto }
@media print { body { margin: 0; max-width: none; font-size: 10pt } tr { break-inside: avoid }
  h2, h3 { break-after: avoid } .wide { overflow: visible } table { font-size: 8pt } }
"""


@dataclass(frozen=True)
class About:
    """The request, and who answers it. Empty texts: the policy does not say."""

    reference: str
    right: str
    made_at: datetime
    sender: str = ""
    postal_address: str = ""
    contact: str = ""
    data_protection_officer: str = ""

    def facts(self) -> dict[str, Any]:
        """As data.json has them."""
        return {
            "reference": self.reference, "right": self.right, "made_at": self.made_at.isoformat(),
            "controller": {
                "name": self.sender, "postal_address": self.postal_address, "contact": self.contact,
                "data_protection_officer": self.data_protection_officer,
            },
        }  # fmt: skip


def render_page(tables: Tables, withheld: Mapping[str, int], about: About) -> str:
    """index.html. tables: rows by table, as data.json has them."""
    title = TITLES.get(about.right, TITLES["access"])
    shown = "\n".join(_body(tables, withheld, about, title))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>\n{shown}\n</body></html>\n"
    )


def _body(tables: Tables, withheld: Mapping[str, int], about: About, title: str) -> Iterator[str]:
    done: set[str] = set()

    def rows(name: str) -> Rows:
        done.add(name)
        return tables.get(name, ())

    yield f"<h1>{escape(title)}</h1>"
    yield _text(
        f"Your request {about.reference}, answered on {about.made_at:%Y-%m-%d} (UTC). The same is in "
        "data.json for programs (schema.json says what each value means), and in the folder csv."
    )
    yield "<h2>Who we are</h2>"
    who = {
        "Name": about.sender, "Address": about.postal_address, "Where to write about your data": about.contact,
        "Data protection officer": about.data_protection_officer,
    }  # fmt: skip
    yield _pairs((name, value) for name, value in who.items() if value) or _text(
        "Whoever sent you this: name and address are in the message that came with it."
    )
    yield "<h2>What we hold</h2>"
    contacts = rows("core.contacts")
    if not contacts:
        yield _text("There is no record of a person with this address or number.")
    known = meanings("core.contacts")
    for contact in contacts:
        yield _grid(
            ("what", "value", "meaning"),
            (
                (name, value, known[name].meaning if name in known else "")
                for name, value in contact.items()
                if value is not None
            ),
        )
    yield _section("Further addresses and numbers", "core.contact_points", rows)
    yield "<h2>Where it came from</h2>"
    yield _section("Lists that named you", "core.contact_sources", rows)
    yield _section("As the lists have it, row by row", "raw.landed_rows", rows)
    yield _section("Rows that could not be used", "raw.quarantined_rows", rows)
    yield from _grounds(tables, rows("core.sources"))
    if about.right == "access":
        yield from _recipients(rows("ops.provider_calls"))
        yield _section("What they answered", "core.provider_answers", rows)
        yield _section("What they, and our staff, say of you", "core.profile_claims", rows)
        yield "<h2>History</h2>"
        yield _section("Who said what, and when", "core.enrichment_history", rows)
        yield _section("Every change", "audit.changes", rows)
    yield "<h2>Consents and objections</h2>"
    yield _section("Consents", "core.consent_records", rows)
    yield _section("Closed channels", "core.suppressions", rows)
    yield "<h2>Messages</h2>"
    yield _section("Sent to you, and what came back", "core.outreach_history", rows)
    others = [name for name in tables if name not in done and tables[name]]
    if others:
        yield "<h2>Everything else</h2>"
        for name in others:
            yield _section(name, name, rows)
    yield from _left_out(withheld, about)
    yield from _rights(about)


def _grounds(tables: Tables, sources: Rows) -> Iterator[str]:
    """Each source with its ground; one that the policy does not name has none."""
    named = {str(row["source"]) for row in tables.get("core.contact_sources", ())}
    if "core.sources" not in tables:
        return
    yield "<h2>On what ground, for what, and for how long</h2>"
    documented = {str(row["name"]): row for row in sources}
    lines = []
    for name in sorted(named | documented.keys()):
        source = documented.get(name, {})
        days = source.get("retention_days")
        origin = {"first_party": "from you", "vendor": "not from you, but from a third party"}
        lines.append(
            (name, origin.get(str(source.get("origin")), "not known"), source.get("documentation") or "",
             LAWS.get(str(source.get("lawful_basis")), NO_GROUND), source.get("purpose") or "",
             f"{days} days from its date" if days else "for as long as the purpose lasts, or until you object")
        )  # fmt: skip
    yield (
        _grid(("source", "obtained", "what it is", "ground", "purpose", "kept"), lines) if lines else _text("No list.")
    )
    yield _text("Where a row states a shorter period or a ground of its own, that is in the lists above.")


def _recipients(calls: Rows) -> Iterator[str]:
    yield "<h2>Whom we asked, and who got it</h2>"
    asked: dict[tuple[str, str, str], list[str]] = {}
    for call in calls:
        if call["fault"] == "circuit_open":  # was to be asked, and never was: the provider had been left
            continue
        of = (str(call["provider"]), str(call["layer"]), str(call["outcome"]))
        asked.setdefault(of, []).append(str(call["reserved_at"]))
    if asked:
        yield _text(
            "These services were sent your address, your number, or your name, employer and profile, to check "
            "or to complete them; `smtp` is your mail server, asked by ourselves."
        )
        lines = ((*of, len(times), min(times), max(times)) for of, times in sorted(asked.items()))
        yield _grid(("service", "asked about", "outcome", "times", "first", "last"), lines)
    else:
        yield _text("No service was asked about you.")
    yield _text(
        "Lists that our staff export from the database are files of which no record is kept: ask us who got "
        "one. No other system is fed from this database by itself. DNS servers are asked about the domain of "
        "your address, not about you. No decision with legal effect for you is made by this program alone "
        "(GDPR Art. 22)."
    )


def _left_out(withheld: Mapping[str, int], about: About) -> Iterator[str]:
    yield "<h2>What is not in here</h2><ul>"
    for why, number in withheld.items():
        yield f"<li>{escape(why)}: {number}</li>"
    yield "<li>names of our staff, and whatever else is other people's (GDPR Art. 15(4))</li>"
    if about.right == "export":
        yield "<li>verdicts, scores and what we concluded: they were not provided by anybody (GDPR Art. 20(1)); "
        yield "ask for access to see them</li>"
    yield "<li>the files that these rows came in, which are archived with other people's rows in them, and backups; "
    yield "they hold nothing else of you</li></ul>"


def _rights(about: About) -> Iterator[str]:
    where = about.contact or about.postal_address
    yield "<h2>Your rights</h2>"
    yield _text("You may ask us " + (f"({where}) " if where else "") + "to:")
    yield "<ul>"
    for right in (
        "correct what is wrong (GDPR Art. 16)",
        "erase what we hold (Art. 17)",
        "keep it and not use it (Art. 18)",
        "hand over what was provided, for another service (Art. 20)",
        "stop using it, in particular for direct marketing, at any time (Art. 21)",
        "see it again (Art. 15)",
    ):
        yield f"<li>{escape(right)}</li>"
    yield "</ul>"
    yield _text(
        "A consent may be withdrawn at any time, as easily as it was given (Art. 7(3)). You may complain to "
        "the data protection authority where you live, where you work, or where you think the law was broken "
        "(Art. 77). It costs nothing."
    )


def _section(title: str, table: str, rows: Any) -> str:
    """A heading with the rows of a table, or nothing where it is not part of this file; an empty one says so."""
    found: Rows = rows(table)
    heading = f"<h3>{escape(title)}</h3>"
    if not found:
        return heading + _text("Nothing.")
    # A column that is empty in every row says nothing.
    names = [name for name in found[0] if any(row.get(name) is not None for row in found)]
    caption = f"<caption>{escape(meaning_of(table))}</caption>"
    return heading + _grid(names, ([row.get(name) for name in names] for row in found), caption)


def _grid(names: Sequence[str], lines: Iterable[Iterable[Any]], caption: str = "") -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in names)
    body = "".join("<tr>" + "".join(f"<td>{_value(cell)}</td>" for cell in line) + "</tr>" for line in lines)
    return f'<div class="wide"><table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _pairs(pairs: Iterable[tuple[str, str]]) -> str:
    lines = "".join(f'<tr><th scope="row">{escape(name)}</th><td>{escape(value)}</td></tr>' for name, value in pairs)
    return f"<table><tbody>{lines}</tbody></table>" if lines else ""


def _text(text: str) -> str:
    return f"<p>{escape(text)}</p>"


def _value(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return escape(json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value))
