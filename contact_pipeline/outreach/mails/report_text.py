"""Reports in words: which addresses of a text are those that the mail did not reach. Pure.

Not one reader for each mail system: they differ in words and agree in form. An address is the recipient if it stands where
reports put one (alone on a line, before a colon, behind RCPT TO, beside an answer of a server) and a sentence of failure is
near; it is not if the line says whom to write to, or who sent the mail.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from contact_pipeline.outreach.mails.addresses import ADDRESS, bare, is_system_account, key
from contact_pipeline.outreach.mails.wording import (
    BESIDE,
    CAME_FROM,
    FAILURE,
    LABEL,
    ORIGINAL_BEGINS,
    OTHERS,
    RECIPIENT_LABEL,
    REPLY_ON_LINE,
)

MOST_LINES = 1500
MOST_LINE = 1500
MOST_DIAGNOSTIC_LINES = 12
NEAR = 8  # lines with words, from a sentence of failure to the address that it introduces
NEAR_BEHIND = 2  # and from the address to a sentence that ends with it
# Points of evidence; an address needs ENOUGH. A form alone is not enough, nor is a sentence alone.
ENOUGH = 4
DECORATION = re.compile(r"[-=_*>#|+\s]{1,80}")


@dataclass(frozen=True)
class Found:
    """An address that the mail did not reach, and the lines that say why."""

    address: str
    diagnostic: str


def cut(text: str) -> tuple[str, str]:
    """A text as the report and what follows it: the original, from the line that introduces it or looks like its header."""
    lines = text.split("\n", MOST_LINES)
    for at, line in enumerate(lines[:MOST_LINES]):
        if not line or len(line) > 200:
            continue
        bare_line = DECORATION.sub("", line, count=1) if DECORATION.match(line) else line
        if ORIGINAL_BEGINS.match(bare_line.strip()):
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
    failing = [FAILURE.search(plain) is not None for _, _, plain in worded]
    targets: set[str] = set()
    for place, (at, line, plain) in enumerate(worded):
        if "@" not in plain:
            continue
        introduced = any(failing[max(0, place - NEAR) : place + NEAR_BEHIND + 1])
        if CAME_FROM.search(plain):
            targets.update(_targets(line, worded[place - 1][1] if place else ""))
        for found in ADDRESS.finditer(line):
            address = bare(found[0])
            one = key(address)
            if one in never or (is_system_account(address) and one not in expected):
                continue
            score = _points(line, plain, found, fails=failing[place], introduced=introduced)
            if score <= 0:
                continue
            written.setdefault(one, address)
            points[one] = max(points.get(one, 0), score + (2 if one in expected else 0))
            seen_on.setdefault(one, []).append(at)
    best = {one for one, score in points.items() if score >= ENOUGH} - targets
    return [Found(written[one], _diagnostic(lines, one, best, seen_on)) for one in written if one in best]


def _points(line: str, plain: str, found: re.Match[str], *, fails: bool, introduced: bool) -> int:
    """How much speaks for one address on one line."""
    before = line[: found.start()].strip(" \t<>*\"'(-[#|&;=").lower()
    after = line[found.end() :].strip(" \t>\"')]*,;&|")
    reply = REPLY_ON_LINE.search(plain) is not None
    if OTHERS.search(plain) and not reply:
        return 0
    score = 0
    if not before and not after:
        score = 3
    elif not before:
        closed = line[found.end() :].lstrip(" >\"')")
        score = 3 if closed.startswith((":", "...")) else 2 if fails or after.startswith(("[", "(", "#", "-", "on ")) else 1
    elif "rcpt to" in before or RECIPIENT_LABEL.match(plain):
        score = 4
    elif BESIDE.search(before) or found[0].lower().startswith("smtp="):
        score = 3
    elif LABEL.match(plain):
        score = 2
    if reply:
        score += 3
    return score + (2 if fails else 0) + (2 if introduced else 0)


def _targets(line: str, above: str) -> set[str]:
    """Where a mail for one of our addresses was sent on to: left of "(expanded from", or on the line above."""
    addresses = [bare(found[0]) for found in ADDRESS.finditer(line)]
    if len(addresses) > 1:
        return {key(address) for address in addresses[:-1] if key(address) != key(addresses[-1])}
    over = [bare(found[0]) for found in ADDRESS.finditer(above)]
    return {key(address) for address in over if addresses and key(address) != key(addresses[0])}


def _diagnostic(lines: list[str], one: str, best: set[str], seen_on: dict[str, list[int]]) -> str:
    """The lines that name an address and those behind them, up to the next address that failed."""
    others = {at for other in best - {one} for at in seen_on[other]}
    taken: dict[int, None] = {}
    for start in seen_on[one]:
        for at in range(start, min(len(lines), start + MOST_DIAGNOSTIC_LINES)):
            if at in others and at != start:
                break
            if lines[at].strip():
                taken[at] = None
        if len(taken) > 60:
            break
    return "\n".join(lines[at] for at in sorted(taken))
