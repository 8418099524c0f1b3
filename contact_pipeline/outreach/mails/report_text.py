"""Reports in words: which addresses of a text are those that the mail did not reach. Pure.

Not one reader for each mail system: they differ in words and agree in form. An address is the recipient if it stands
where reports put one (alone on a line, before a colon, behind RCPT TO, beside an answer of a server) and a sentence of
failure is near; it is not if the line says whom to write to, or who sent the mail.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from contact_pipeline.outreach.bounce_classes import meaning_of
from contact_pipeline.outreach.mails.addresses import ADDRESS, bare, is_reporter, is_system_account, key
from contact_pipeline.outreach.mails.wording import (
    BESIDE,
    CAME_FROM,
    FAILURE,
    HEADER_BEGINS,
    LABEL,
    ORIGINAL_BEGINS,
    OTHERS,
    RECIPIENT_LABEL,
    REPLY_ON_LINE,
)

MOST_LINES = 1500
MOST_LINE = 1500
MOST_DIAGNOSTIC_LINES = 12
MOST_LOOKED_UP = 50
MOST_RECIPIENTS = 500
NEAR = 8  # lines with words, from a sentence of failure to the address that it introduces
NEAR_BEHIND = 2  # and from the address to a sentence that ends with it
# Points of evidence; an address needs ENOUGH. A form alone is not enough, nor is a sentence alone.
ENOUGH = 4
FOR_EXPECTED = 2
RULE = re.compile(r"[-_=*]{10,200}")
TO_LINE = re.compile(r"[\s>*]{0,10}To\s?:", re.IGNORECASE)
ACCOUNT = re.compile(r"\t+([A-Za-z][\w.-]{2,31})\s*")
LETTER = re.compile(r"[^\W_]")
NAMED = re.compile(r"[\s*>-]{0,20}[\"'(]?[^\W_][^@<>:]{0,60}[<(\[](mailto:)?@[)\]>]{1,2}[\s,;.]{0,5}")  # Name <address>
DECORATION = re.compile(r"[-=_*>#|+\s]{1,80}")


@dataclass(frozen=True)
class Found:
    """An address that the mail did not reach, the lines that say why, and where the mail was sent on to (keys)."""

    address: str
    diagnostic: str
    sent_on_to: frozenset[str] = frozenset()


def cut(text: str) -> tuple[str, str]:
    """A text as the report and what follows it: the original, from the line that introduces it or begins its header."""
    lines = text.split("\n", MOST_LINES)
    for at, line in enumerate(lines[:MOST_LINES]):
        if not line or len(line) > 200:
            continue
        bare_line = DECORATION.sub("", line, count=1) if DECORATION.match(line) else line
        if ORIGINAL_BEGINS.match(bare_line.strip()) or HEADER_BEGINS.match(line):
            return "\n".join(lines[:at]), "\n".join(lines[at:])
    return "\n".join(lines[:MOST_LINES]), ""


def recipients_in(report: str, *, never: frozenset[str] | set[str], known: Iterable[str] = ()) -> list[Found]:
    """The addresses of a report that the mail did not reach, each once, in their order.

    never: keys of addresses that are somebody else's. known: addresses that the original was sent to; they need less.
    """
    lines = [line.rstrip()[:MOST_LINE] for line in report.split("\n", MOST_LINES)[:MOST_LINES]]
    expected = {key(address) for address in known}
    points: dict[str, int] = {}
    written: dict[str, str] = {}
    seen_on: dict[str, list[int]] = {}
    worded = [(at, line, ADDRESS.sub("@", line).lower()) for at, line in enumerate(lines) if line.strip()]
    failing = [FAILURE.search(plain) is not None or REPLY_ON_LINE.search(plain) is not None for _, _, plain in worded]
    sent_on: dict[str, str] = {}
    looked_up = 0
    for place, (at, line, plain) in enumerate(worded):
        if "@" not in plain:
            continue
        introduced = any(failing[max(0, place - NEAR) : place + NEAR_BEHIND + 1])
        if not introduced and looked_up < MOST_LOOKED_UP:
            looked_up += 1
            around = worded[max(0, place - NEAR_BEHIND) : place + NEAR_BEHIND + 1]
            introduced = meaning_of(text="\n".join(line for _, line, _ in around)).reason != "unclassified"
        if CAME_FROM.search(plain):
            sent_on.update(_sent_on(line, [above for _, above, _ in worded[max(0, place - 4) : place]]))
        for found in ADDRESS.finditer(line):
            address = bare(found[0])
            one = key(address)
            if one in never or "...@" in one or (is_reporter(address) and one not in expected):
                continue
            score = _points(line, plain, found, fails=FAILURE.search(plain) is not None, introduced=introduced)
            if is_system_account(address) and one not in expected:
                score -= 2  # support@ and the like sign reports, and are written to as well
            if score <= 0:
                continue
            written.setdefault(one, address)
            points[one] = max(points.get(one, 0), score)
            seen_on.setdefault(one, []).append(at)
    for target, one in sent_on.items():
        if target in points:
            score = points.pop(target)
            if one in points:
                seen_on[one] = sorted(seen_on[one] + seen_on[target])
                points[one] = max(points[one], score)
    # A report puts all that failed in the same form: whom the original was to shows in which, and how much is enough.
    known_points = [score for one, score in points.items() if one in expected and score + FOR_EXPECTED >= ENOUGH]
    enough = max([ENOUGH, *known_points]) if known_points else ENOUGH
    best = {one for one, score in points.items() if score >= (ENOUGH - FOR_EXPECTED if one in expected else enough)}
    owners: dict[int, set[str]] = {}
    for one in best:
        for at in seen_on[one]:
            owners.setdefault(at, set()).add(one)
    failed = [one for one in written if one in best][:MOST_RECIPIENTS]
    return [
        Found(written[one], _diagnostic(lines, one, seen_on[one], owners), _targets_of(one, sent_on)) for one in failed
    ]


def _targets_of(one: str, sent_on: dict[str, str]) -> frozenset[str]:
    return frozenset(target for target, source in sent_on.items() if source == one)


def addressed_in(report: str) -> list[str]:
    """The addresses of the To lines of a report that repeats the header of the original."""
    lines = (line for line in report.split("\n", MOST_LINES)[:MOST_LINES] if TO_LINE.match(line))
    return list(dict.fromkeys(bare(found[0]) for line in lines for found in ADDRESS.finditer(line[:MOST_LINE])))


def accounts_in(report: str) -> list[str]:
    """Accounts without their domain, each alone on a line behind a tab: how AOL wrote of its users."""
    lines = report.split("\n", MOST_LINES)[:MOST_LINES]
    introduced = next((at for at, line in enumerate(lines) if "following recipients" in line), len(lines))
    return [found[1] for line in lines[introduced:] if (found := ACCOUNT.fullmatch(line)) is not None]


def _points(line: str, plain: str, found: re.Match[str], *, fails: bool, introduced: bool) -> int:
    """How much speaks for one address on one line."""
    before = line[: found.start()].strip(" \t<>*\"'(-[#|&;=").lower()
    after = line[found.end() :].strip(" \t>\"')]*,;&|")
    reply = REPLY_ON_LINE.search(plain) is not None
    if OTHERS.search(plain) and not reply:
        return 0
    score = 0
    if (not before and not after) or not LETTER.search(plain.replace("@", "").replace("mailto:", "")):
        score = 3  # nothing but addresses
    elif not before:
        closed = line[found.end() :].lstrip(" >\"')")
        score = (
            3 if closed.startswith((":", "...")) else 2 if fails or after.startswith(("[", "(", "#", "-", "on ")) else 1
        )
    elif "rcpt to" in before or RECIPIENT_LABEL.match(plain):
        score = 4
    elif BESIDE.search(before) or found[0].lower().startswith("smtp="):
        score = 3
    elif LABEL.match(plain) or NAMED.fullmatch(plain):
        score = 2
    if reply:
        score += 3
    return score + (2 if fails else 0) + (2 if introduced else 0)


def _sent_on(line: str, above: list[str]) -> dict[str, str]:
    """Where a mail was sent on to, and for whom it was: `line` says "(generated from ...)" of an address in front of
    that, on the same line or above."""
    addresses = [key(bare(found[0])) for found in ADDRESS.finditer(line)]
    if not addresses:
        return {}
    one = addresses[-1]
    targets = addresses[:-1]
    for over in reversed(above):
        if targets:
            break
        targets = [key(bare(found[0])) for found in ADDRESS.finditer(over)]
    return {target: one for target in targets if target != one}


def _diagnostic(lines: list[str], one: str, starts: list[int], owners: dict[int, set[str]]) -> str:
    """The lines that name an address and those behind them, up to the next address that failed."""
    taken: set[int] = set()
    for start in starts:
        for at in range(start, min(len(lines), start + MOST_DIAGNOSTIC_LINES)):
            if at != start and owners.get(at, {one}) != {one}:
                break
            if RULE.fullmatch(lines[at].strip()) and at > start + 1:
                break  # what follows is a footer
            if lines[at].strip():
                taken.add(at)
        if len(taken) > MOST_DIAGNOSTIC_LINES * 4:
            break
    return "\n".join(lines[at] for at in sorted(taken))
