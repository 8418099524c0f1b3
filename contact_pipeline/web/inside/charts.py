"""Charts as inline SVG: pure functions from figures to markup. No script, and colours by the style sheet.

Each is an image to a screen reader (`role=img`) with a title and a description; the figures stand in a table beside it.
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from markupsafe import Markup, escape

Points = Sequence[tuple[date, float | None]]

_NUMBERS = itertools.count(1)
WIDTH, HEIGHT = 640, 220
LEFT, RIGHT, TOP, BOTTOM = 46, 12, 12, 26
GRID = 4
SHADES = 7  # classes s1 … s7 of the style sheet


def sparkline(points: Points, *, title: str, goal: float | None = None, width: int = 132, height: int = 34) -> Markup:
    """A trend without axes. Days without a figure are left out; goal: a fine line."""
    known = [(day, value) for day, value in points if value is not None]
    if len(known) < 2:
        return Markup("")
    values = [value for _, value in known] + ([goal] if goal is not None else [])
    low, high = _padded(min(values), max(values))
    first, last = known[0][0], known[-1][0]
    days = (last - first).days or 1
    places = [
        (3 + (day - first).days / days * (width - 6), _y(value, low, high, 3, height - 3)) for day, value in known
    ]
    inner = Markup()
    if goal is not None:
        y = _y(goal, low, high, 3, height - 3)
        inner += Markup('<line class="goal" x1="0" y1="{0:.1f}" x2="{1}" y2="{0:.1f}"/>').format(y, width)
    inner += Markup('<polyline class="line" points="{}"/>').format(_path(places))
    inner += Markup('<circle class="dot" cx="{:.1f}" cy="{:.1f}" r="2.6"/>').format(*places[-1])
    said = f"From {_number(known[0][1])} on {first} to {_number(known[-1][1])} on {last}."
    return _svg(inner, title, said, width, height, "spark")


def line(
    series: Mapping[str, Points],
    *,
    title: str,
    goal: float | None = None,
    is_share: bool = True,
    shades: Mapping[str, int] | None = None,
) -> Markup:
    """Lines over days, one for each name; a gap where nobody knows. shades: 1 to SHADES by name; else in order."""
    known = [(day, value) for points in series.values() for day, value in points if value is not None]
    if not known:
        return Markup("")
    first, last = min(day for day, _ in known), max(day for day, _ in known)
    days = (last - first).days or 1
    values = [value for _, value in known] + ([goal] if goal is not None else [])
    low, high = (0.0, 1.0) if is_share else _padded(0.0, max(values))
    inner = _axis(low, high, is_share) + _days(first, last)
    if goal is not None:
        y = _y(goal, low, high, TOP, HEIGHT - BOTTOM)
        inner += Markup('<line class="goal" x1="{}" y1="{:.1f}" x2="{}" y2="{:.1f}"/>').format(
            LEFT, y, WIDTH - RIGHT, y
        )
    for number, (name, points) in enumerate(series.items()):
        for run in _runs(points):
            places = [
                (LEFT + (day - first).days / days * (WIDTH - LEFT - RIGHT), _y(value, low, high, TOP, HEIGHT - BOTTOM))
                for day, value in run
            ]
            shade = f"c{_shade(shades, name, number)}"
            if len(places) > 1:
                inner += Markup('<polyline class="line {}" points="{}"/>').format(shade, _path(places))
            inner += Markup("").join(
                Markup('<circle class="dot {}" cx="{:.1f}" cy="{:.1f}" r="2.4"/>').format(shade, *place)
                for place in places
            )
    return _svg(inner, title, f"{', '.join(series)}; {first} to {last}.", WIDTH, HEIGHT, "chart")


def stacked(
    parts: Mapping[str, Mapping[str, float]],
    *,
    names: Sequence[str],
    title: str,
    shades: Mapping[str, int] | None = None,
) -> Markup:
    """One bar of 100 % for each label: its parts in the order of names, shade by shade."""
    labels = [label for label, row in parts.items() if sum(row.values())]
    if not labels:
        return Markup("")
    inner, row_height, label_width = Markup(), 30, 170
    for place, label in enumerate(labels):
        y, x, total = place * row_height + 4, float(label_width), sum(parts[label].values())
        inner += Markup('<text class="label" x="{}" y="{}" text-anchor="end">{}</text>').format(
            label_width - 8, y + 15, _short(label, 24)
        )
        for number, name in enumerate(names):
            width = parts[label].get(name, 0) / total * (WIDTH - label_width - RIGHT)
            if width > 0:
                inner += Markup('<rect class="f{}" x="{:.1f}" y="{}" width="{:.1f}" height="20"/>').format(
                    _shade(shades, name, number), x, y, max(width - 1, 0.5)
                )
            x += width
    said = "; ".join(
        f"{label}: "
        + ", ".join(f"{name} {parts[label].get(name, 0) / sum(parts[label].values()):.0%}" for name in names)
        for label in labels
    )
    return _svg(inner, title, said, WIDTH, len(labels) * row_height + 4, "chart")


def bars(rows: Sequence[tuple[str, float]], *, title: str, is_share: bool = False) -> Markup:
    """Horizontal bars with their figure at the end."""
    if not rows:
        return Markup("")
    inner, row_height, label_width = Markup(), 30, 210
    most = 1.0 if is_share else max(value for _, value in rows) or 1.0
    room = WIDTH - label_width - 70
    for place, (label, value) in enumerate(rows):
        y, width = place * row_height + 4, max(value / most * room, 1)
        inner += Markup('<text class="label" x="{}" y="{}" text-anchor="end">{}</text>').format(
            label_width - 8, y + 15, _short(label, 30)
        )
        inner += Markup('<rect class="f1" x="{}" y="{}" width="{:.1f}" height="20" rx="2"/>').format(
            label_width, y, width
        )
        inner += Markup('<text class="figure" x="{:.1f}" y="{}">{}</text>').format(
            label_width + width + 6, y + 15, f"{value:.1%}" if is_share else _number(value)
        )
    said = "; ".join(f"{label}: {f'{value:.1%}' if is_share else _number(value)}" for label, value in rows)
    return _svg(inner, title, said, WIDTH, len(rows) * row_height + 4, "chart")


def bullet(value: float, goal: float, *, title: str, most: float = 1.0, is_at_most: bool = False) -> Markup:
    """A figure as a bar, its goal as a mark across it."""
    width, height = 132, 10
    most = max(most, value, goal) or 1.0
    is_met = value <= goal if is_at_most else value >= goal
    inner = Markup('<rect class="rail" x="0" y="2" width="{}" height="6" rx="3"/>').format(width)
    inner += Markup('<rect class="{}" x="0" y="2" width="{:.1f}" height="6" rx="3"/>').format(
        "good" if is_met else "bad", max(value / most * width, 1)
    )
    inner += Markup('<line class="mark" x1="{0:.1f}" y1="0" x2="{0:.1f}" y2="10"/>').format(
        min(max(goal / most * width, 1), width - 1)
    )
    wanted = f"{'at most' if is_at_most else 'at least'} {_number(goal)}"
    said = f"{_number(value)}, goal {wanted}: {'met' if is_met else 'missed'}."
    return _svg(inner, title, said, width, height, "bullet")


def heat_map(cells: Mapping[tuple[str, str], float | None], *, title: str) -> Markup:
    """Shares by row and column label, the darker the more; a dash where there is nothing."""
    rows, columns = list(dict.fromkeys(r for r, _ in cells)), list(dict.fromkeys(c for _, c in cells))
    if not rows:
        return Markup("")
    label_width, cell_height, head = 170, 34, 26
    cell_width = (WIDTH - label_width) / len(columns)
    inner = Markup()
    for number, column in enumerate(columns):
        inner += Markup('<text class="label" x="{:.1f}" y="16" text-anchor="middle">{}</text>').format(
            label_width + (number + 0.5) * cell_width, _short(column, 14)
        )
    for place, row in enumerate(rows):
        y = head + place * cell_height
        inner += Markup('<text class="label" x="{}" y="{}" text-anchor="end">{}</text>').format(
            label_width - 8, y + 21, _short(row, 24)
        )
        for number, column in enumerate(columns):
            value, x = cells.get((row, column)), label_width + number * cell_width
            step = 0 if value is None else min(4, int(value * 5))
            inner += Markup('<rect class="heat h{}" x="{:.1f}" y="{}" width="{:.1f}" height="{}" rx="3"/>').format(
                "x" if value is None else step, x + 1, y + 1, cell_width - 2, cell_height - 2
            )
            inner += Markup('<text class="on{}" x="{:.1f}" y="{}" text-anchor="middle">{}</text>').format(
                " dark" if value is not None and step >= 3 else "",
                x + cell_width / 2,
                y + 21,
                "–" if value is None else f"{value:.0%}",
            )
    said = "; ".join(f"{r}, {c}: {'nothing' if v is None else f'{v:.0%}'}" for (r, c), v in cells.items())
    return _svg(inner, title, said, WIDTH, head + len(rows) * cell_height, "chart")


def _svg(inner: Markup, title: str, said: str, width: int, height: int, kind: str) -> Markup:
    number = next(_NUMBERS)
    return Markup(
        '<svg class="{kind}" role="img" aria-labelledby="t{n} d{n}" viewBox="0 0 {w} {h}" width="{w}" height="{h}">'
        '<title id="t{n}">{title}</title><desc id="d{n}">{said}</desc>{inner}</svg>'
    ).format(kind=kind, n=number, w=width, h=height, title=title, said=said, inner=inner)


def _shade(shades: Mapping[str, int] | None, name: str, number: int) -> int:
    return (shades or {}).get(name, number % SHADES + 1)


def _axis(low: float, high: float, is_share: bool) -> Markup:
    marks = Markup()
    for step in range(GRID + 1):
        value = low + (high - low) * step / GRID
        y = _y(value, low, high, TOP, HEIGHT - BOTTOM)
        marks += Markup('<line class="grid" x1="{}" y1="{:.1f}" x2="{}" y2="{:.1f}"/>').format(
            LEFT, y, WIDTH - RIGHT, y
        )
        marks += Markup('<text class="axis" x="{}" y="{:.1f}" text-anchor="end">{}</text>').format(
            LEFT - 6, y + 4, f"{value:.0%}" if is_share else _number(value)
        )
    return marks


def _days(first: date, last: date) -> Markup:
    text = Markup('<text class="axis" x="{}" y="{}">{}</text>').format(LEFT, HEIGHT - 8, first)
    if last == first:
        return text
    return text + Markup('<text class="axis" x="{}" y="{}" text-anchor="end">{}</text>').format(
        WIDTH - RIGHT, HEIGHT - 8, last
    )


def _runs(points: Points) -> Iterator[list[tuple[date, float]]]:
    """What lies between gaps."""
    for is_known, run in itertools.groupby(points, key=lambda point: point[1] is not None):
        if is_known:
            yield [(day, value) for day, value in run if value is not None]


def _y(value: float, low: float, high: float, top: float, bottom: float) -> float:
    return bottom - (value - low) / (high - low or 1) * (bottom - top)


def _padded(low: float, high: float) -> tuple[float, float]:
    room = (high - low) * 0.1 or abs(high) * 0.05 or 1.0
    return low - room if low else low, high + room


def _path(places: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in places)


def _short(text: str, longest: int) -> Markup:
    return escape(text if len(text) <= longest else text[: longest - 1] + "…")


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 or float(value).is_integer() else f"{value:,.3g}"
