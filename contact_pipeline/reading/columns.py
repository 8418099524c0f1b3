"""Columns as their headers name them, held against what stands in them: ties, swapped columns, lists of opt-outs, and
what nobody understands."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from contact_pipeline.core.faults import Fault
from contact_pipeline.reading.content import ENOUGH, FEW, SEVERAL, Column, Survey, look_at, same_as_parts, survey
from contact_pipeline.reading.headers import CONTENT, EXACT, IDENTIFYING, UNKNOWN, ColumnMap, HeaderMap
from contact_pipeline.reading.layout import Layout
from contact_pipeline.reading.restrictions import Tally, rule_of
from contact_pipeline.wording import permission_words
from contact_pipeline.wording.stems import plain
from contact_pipeline.wording.suppression import FileSign, is_only_points, sign_of_name, suppressions_by_columns
from contact_pipeline.wording.vocabulary import header_key

MAP = 'Name the columns in the policy: [sources.<name>] mapping = { "their header" = "our column" }.'

_OTHER_PART = {"given_name": "family_name", "family_name": "given_name"}


@dataclass(frozen=True)
class Names:
    """What is known of a file beside its cells: its name, its folder, and what the policy says is in it."""

    file: str
    folder: str = ""
    contents: str | None = None


def judge_columns(
    columns: list[ColumnMap],
    settled: frozenset[int],
    layout: Layout,
    names: Names,
    *,
    sample: Sequence[Sequence[str]],
    records: Callable[[], Iterable[Sequence[str]]],
) -> HeaderMap:
    """settled: positions that stay as they are. sample: the first records, as wide as the header. records: all of
    them, from the first, asked for only where a column of permission needs it."""
    seen = look_at(sample, len(columns))
    if layout.has_header:
        is_products = layout.format is not None  # whose words mean what the product means
        columns = [
            c if c.position in settled else _by_content(c, columns, seen, sample, is_products=is_products)
            for c in columns
        ]
    found = survey(records(), columns)
    kind, restrictions, faults = _kind(columns, layout, names, found)
    if not layout.has_header:
        faults.append(Fault("no_header", "The first line holds data, not the names of the columns.",
                            "Put a header line above the rows and drop the file again."))  # fmt: skip
    elif not any(c.target in IDENTIFYING for c in columns):
        faults.append(Fault("no_known_column", "No column is known that tells who somebody is.", MAP))
    else:
        faults += _swapped(columns, seen) + _mostly_unknown(columns, seen)
    return HeaderMap(
        tuple(columns), kind, restrictions, tuple(faults), found.says_yes, _is_last_first(columns, seen),
    )  # fmt: skip


def _by_content(
    column: ColumnMap,
    columns: list[ColumnMap],
    seen: list[Column],
    sample: Sequence[Sequence[str]],
    *,
    is_products: bool,
) -> ColumnMap:
    """What the cells say where the header leaves it open."""
    here = seen[column.position]
    targets = {c.target for c in columns}
    if not here.filled:
        return column
    if column.target == "title" and here.greetings >= ENOUGH:
        return replace(column, target="extra", sureness=CONTENT)
    if column.target == "name" and {"given_name", "family_name"} <= targets:
        parts = [c.position for c in columns if c.target in ("given_name", "family_name")]
        if same_as_parts(sample, column.position, parts) < ENOUGH:
            # Something else has this name: the company, as CRMs of companies write it.
            is_company = header_key(column.header) in ("name", "nome", "nom", "nombre", "naam", "namn", "navn")
            free = is_company and "company" not in targets
            return replace(column, target="company" if free else "extra", sureness=CONTENT)
    if column.target == "name" and len(part := {"given_name", "family_name"} & targets) == 1:
        beside = [c.position for c in columns if c.target in part]
        if same_as_parts(sample, column.position, beside) < FEW:  # 名字 is a family name beside 下の名前
            return replace(column, target=_OTHER_PART[part.pop()], sureness=CONTENT)
    is_place = column.target in ("region", "country") and here.countries < ENOUGH
    is_open = column.sureness == UNKNOWN or is_place or (column.target == "extra" and not is_products)
    said = plain(column.header)
    says_status = permission_words.STATUS(said) and not permission_words.OTHER_THING(said)
    if is_open and ((says_status and here.statuses >= FEW) or (here.statuses >= ENOUGH and here.leavings)):
        return replace(column, target="status:email", sureness=CONTENT)  # `Estado` is a state and a status
    is_aside = column.target == "extra" and column.sureness != EXACT
    if is_aside and here.countries >= ENOUGH and "country" not in targets:
        return replace(column, target="country", sureness=CONTENT)  # else numbers are read as of another country
    if column.sureness != EXACT and here.calling_codes >= ENOUGH and "calling_code" not in targets:
        return replace(column, target="calling_code", sureness=CONTENT)
    if column.sureness == UNKNOWN:
        if here.addresses >= ENOUGH and "email" not in targets:
            return replace(column, target="email", sureness=CONTENT)
        if here.filled >= SEVERAL and here.international_numbers >= ENOUGH and "phone" not in targets:
            return replace(column, target="phone", sureness=CONTENT)
        if here.profiles >= ENOUGH and "linkedin_url" not in targets:
            return replace(column, target="linkedin_url", sureness=CONTENT)
    if column.target == "name" and here.addresses >= ENOUGH and "email" not in targets:
        return replace(column, target="email", sureness=CONTENT)
    return column


def _swapped(columns: list[ColumnMap], seen: list[Column]) -> list[Fault]:
    """Addresses under another header while the column of addresses holds something else."""
    for column in columns:
        here = seen[column.position]
        if column.target != "email" or here.filled < 2 or here.addresses > FEW:
            continue
        for other in columns:
            there = seen[other.position]
            is_ours = other.target in ("phone", "name", "given_name", "family_name", "company", "title", "city")
            if is_ours and there.filled > 1 and there.addresses >= ENOUGH:
                return [Fault("swapped_columns", f"The addresses stand in the column {other.shown!r}, not in "
                f"{column.shown!r}.",
                              f"Correct the header and drop the file again, or say it in the policy: {MAP}",
                              f"column {other.position + 1}")]  # fmt: skip
    return []


def _mostly_unknown(columns: list[ColumnMap], seen: list[Column]) -> list[Fault]:
    read = [c for c in columns if c.target != "ignored"]
    filled = sum(seen[c.position].filled for c in read)
    # Sums, ranks and marks are nobody's: what is harmless holds nothing.
    unknown = [c for c in read if not c.is_known and seen[c.position].filled and seen[c.position].bare_numbers < ENOUGH]
    if 2 * sum(seen[c.position].filled for c in unknown) <= filled:
        return []
    shown = ", ".join(repr(c.shown) for c in unknown[:5]) + (", …" if len(unknown) > 5 else "")
    return [Fault("mostly_unknown_headers", f"Most filled cells stand under headers that nobody knows: {shown}.",
                  MAP + " What is of no use goes to `extra`.")]  # fmt: skip


def _is_last_first(columns: list[ColumnMap], seen: list[Column]) -> bool:
    targets = {c.target for c in columns}
    wholes = [c for c in columns if c.target == "name" and seen[c.position].filled]
    return (
        bool(wholes)
        and not {"given_name", "family_name"} & targets
        and all(seen[c.position].comma_names >= ENOUGH for c in wholes)
    )


def _kind(
    columns: list[ColumnMap], layout: Layout, names: Names, found: Survey
) -> tuple[str, tuple[str, ...], list[Fault]]:
    """Contacts, or a list of people who must not be contacted."""
    if names.contents == "contacts":
        return "contacts", (), []
    by_name = sign_of_name(names.file, layout.format)
    by_folder = sign_of_name(f"{names.folder}.csv", None) if names.folder else None
    by_columns = suppressions_by_columns(layout.format, [(c.target, header_key(c.header)) for c in columns])
    if names.contents == "opt_outs":
        sign = by_name or by_folder or by_columns
        restrictions = sign.restrictions if sign else ("email:opt_out", "phone:opt_out")
        return "suppressions", restrictions, []
    for sign in (by_name, by_columns):
        if sign and sign.is_product:
            return ("suppressions" if sign.is_suppression else "contacts"), sign.restrictions, []
    sign = by_name or by_folder
    is_bare = is_only_points([(c.target, c.header) for c in columns])
    rows_decide = any(c.is_permission or rule_of(c.target) for c in columns)
    if not is_bare:
        if rows_decide or sign is None or sign.is_doubtful:
            return "contacts", (), []
        if _are_people(columns) == sign.may_be_a_name:  # a firm called Robinson; a list of names called unsubscribed
            return ("contacts", (), []) if sign.may_be_a_name else ("suppressions", sign.restrictions, [])
        return "contacts", (), [_question(sign)]
    moments = [c for c in columns if c.target.startswith("moment:")]
    if any(c.position in found.has_blank for c in moments) or (rows_decide and not moments):
        return "contacts", (), []  # who has no day of leaving has not left
    if by_columns:
        return "suppressions", by_columns.restrictions, []
    if sign is not None and sign.is_doubtful:
        return "contacts", (), [_question(sign)]
    return ("suppressions", sign.restrictions, []) if sign else ("contacts", (), [])


def _are_people(columns: list[ColumnMap]) -> bool:
    """A list of customers, whatever word its name holds: a firm may be called Robinson."""
    return len({c.target for c in columns} & {"company", "title", "linkedin_url", "location", "city", "country"}) >= 2


def _question(sign: FileSign) -> Fault:
    reasons = ", ".join(sign.restrictions)
    return Fault(
        "name_says_opt_out",
        f"The name of the file or folder speaks of opt-outs ({reasons}), its columns of people: which is it?",
        'If it lists opt-outs, say so: [sources.<name>] contents = "opt_outs", then replay; else approve it.',
    )


_MAP_PERMISSION = (
    'Map it: to "email_opt_out", "phone_opt_out" or "opt_out" (yes closes), "email_allowed", "phone_allowed" or'
    ' "contact_allowed" (no closes), "status", or "extra" if it says nothing of the kind.'
)


def unread_permissions(columns: Iterable[ColumnMap], tally: Tally) -> list[Fault]:
    """Columns that sound like permission and whose cells mostly nobody can read."""
    faults = []
    for column in columns:
        filled, unread = tally.filled.get(column.position, 0), tally.unread.get(column.position, 0)
        if 2 * unread > filled:
            what = f"Nobody can read {unread} of the {filled} filled cells of {column.shown!r}, a column of permission."
            faults.append(Fault("unreadable_permission", what, _MAP_PERMISSION, f"column {column.position + 1}"))
    return faults
