"""Columns as their headers name them, held against what stands in them: ties, swapped columns, lists of opt-outs, and
what nobody understands."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from contact_pipeline.core.faults import Fault
from contact_pipeline.reading.content import ENOUGH, FEW, SEVERAL, Column, Survey, look_at, same_as_parts, survey
from contact_pipeline.reading.headers import CONTENT, EXACT, IDENTIFYING, UNKNOWN, ColumnMap, HeaderMap
from contact_pipeline.reading.layout import Layout
from contact_pipeline.reading.restrictions import Tally, rule_of
from contact_pipeline.wording import permission_words, touches
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
    if kind == "touches":
        columns = [_of_touches(c) for c in columns]
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
    if not here.filled:
        return column
    if column.target in ("title", "name"):
        target = _tie(column, columns, here, sample)
    else:
        target = _opened(column, {c.target for c in columns}, here, is_products=is_products)
    return replace(column, target=target, sureness=CONTENT) if target else column


def _tie(column: ColumnMap, columns: list[ColumnMap], here: Column, sample: Sequence[Sequence[str]]) -> str | None:
    """A title of job or of address; a name that is whole, a half, a firm's or an address."""
    if column.target == "title":
        return "extra" if here.greetings >= ENOUGH else None
    targets = {c.target for c in columns}
    parts = _OTHER_PART.keys() & targets
    share = same_as_parts(sample, column.position, [c.position for c in columns if c.target in parts])
    if len(parts) == 2 and share < ENOUGH:
        # Something else has this name: the company, as CRMs of companies write it.
        is_company = header_key(column.header) in ("name", "nome", "nom", "nombre", "naam", "namn", "navn")
        return "company" if is_company and "company" not in targets else "extra"
    if len(parts) == 1 and share < FEW:
        return _OTHER_PART[next(iter(parts))]  # 名字 is a family name beside 下の名前
    return "email" if here.addresses >= ENOUGH and "email" not in targets else None


def _opened(column: ColumnMap, targets: set[str], here: Column, *, is_products: bool) -> str | None:
    """What a column holds whose header says nothing, or two things. is_products: a known product's words mean what the
    product means."""
    is_unknown, is_aside = column.sureness == UNKNOWN, column.target == "extra"
    is_place = column.target in ("region", "country") and here.countries < ENOUGH
    if is_unknown or is_place or (is_aside and not is_products):
        said = plain(column.header)
        says_status = permission_words.STATUS(said) and not permission_words.OTHER_THING(said)
        if (says_status and here.statuses >= FEW) or (here.statuses >= ENOUGH and here.leavings):
            return "status:email"  # `Estado` is a state and a status
    held: list[tuple[str, bool, Callable[[], bool]]] = [
        # Else numbers are read as of another country.
        ("country", is_aside and column.sureness != EXACT, lambda: here.countries >= ENOUGH),
        ("calling_code", column.sureness != EXACT, lambda: here.calling_codes >= ENOUGH),
        ("email", is_unknown, lambda: here.addresses >= ENOUGH),
        ("phone", is_unknown and here.filled >= SEVERAL, lambda: here.international_numbers >= ENOUGH),
        ("linkedin_url", is_unknown, lambda: here.profiles >= ENOUGH),
    ]
    return next((target for target, is_open, holds in held if is_open and target not in targets and holds()), None)


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
    if names.contents in ("contacts", "touches"):
        return names.contents, (), []
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
    if not (sign or layout.format) and layout.has_header and touches.is_list_of_touches(c.header for c in columns):
        return "touches", (), []
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


def _of_touches(column: ColumnMap) -> ColumnMap:
    """Kept as it is given, for whoever works touches off; who it was is read as everywhere."""
    is_who = column.target in ("email", "phone") and touches.name_of_touch(column.header) == column.target
    return column if is_who or column.target == "ignored" else replace(column, target="extra", sureness=EXACT)


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
