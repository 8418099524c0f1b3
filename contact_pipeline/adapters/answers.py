"""What a provider answered, read strictly; and what may be asked at all. No network here: adapters/http.py."""

import csv
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from contact_pipeline.core.providers import Fault, ProviderUnavailable


class Fields:
    """A JSON object read strictly: a missing name or a wrong type is BAD_ANSWER, never a guess."""

    def __init__(self, provider: str, value: object) -> None:
        self._provider = provider
        if not isinstance(value, dict):
            raise self._bad()
        self._values: Mapping[str, Any] = value

    def __contains__(self, name: str) -> bool:
        return self._values.get(name) is not None

    def text(self, name: str) -> str:
        """A text, possibly empty."""
        value = self._values.get(name)
        if not isinstance(value, str):
            raise self._bad()
        return value

    def text_or_none(self, name: str) -> str | None:
        """None for missing, null and empty."""
        return (self.text(name) or None) if name in self else None

    def number(self, name: str) -> float:
        """A finite number, also one written as text."""
        value = self._values.get(name)
        if isinstance(value, int | float | str) and not isinstance(value, bool):
            try:
                number = float(value)
            except (ValueError, OverflowError):
                number = math.nan
            if math.isfinite(number):
                return number
        raise self._bad()

    def whole_or_none(self, name: str) -> int | None:
        """A number without a fraction; None for missing and null."""
        if name not in self:
            return None
        number = self.number(name)
        if not number.is_integer():
            raise self._bad()
        return int(number)

    def flag(self, name: str) -> bool | None:
        """None for missing and null."""
        value = self._values.get(name)
        if value is None or isinstance(value, bool):
            return value
        raise self._bad()

    def object(self, name: str) -> "Fields":
        """The object of that name."""
        return Fields(self._provider, self._values.get(name))

    def object_or_empty(self, name: str) -> "Fields":
        """The object of that name; one without anything for missing and null."""
        return self.object(name) if name in self else Fields(self._provider, {})

    def objects(self, name: str) -> list["Fields"]:
        """The list of objects of that name."""
        return [Fields(self._provider, value) for value in self._list(name)]

    def texts(self, name: str) -> list[str]:
        """The list of texts of that name."""
        values = self._list(name)
        if not all(isinstance(value, str) for value in values):
            raise self._bad()
        return values

    def _list(self, name: str) -> list[Any]:
        value = self._values.get(name)
        if not isinstance(value, list):
            raise self._bad()
        return value

    def _bad(self) -> ProviderUnavailable:
        return ProviderUnavailable(self._provider, Fault.BAD_ANSWER)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back with an expected status. retry_after_s: by its header; None where that is missing or senseless."""

    provider: str
    status: int
    headers: Mapping[str, str]
    content: bytes = field(repr=False)
    retry_after_s: float | None = None

    @property
    def text(self) -> str:
        """The body as UTF-8; what is none becomes U+FFFD."""
        return self.content.decode("utf-8-sig", errors="replace")

    def json(self) -> Any:
        """The body as JSON, of any shape. Raises ProviderUnavailable(BAD_ANSWER) for HTML and half a body."""
        try:
            return json.loads(self.content)
        except (ValueError, RecursionError):
            pass
        raise ProviderUnavailable(self.provider, Fault.BAD_ANSWER)  # outside: no body in the context

    def fields(self) -> Fields:
        """The body as a JSON object."""
        return Fields(self.provider, self.json())


def day(provider: str, text: str | None) -> date | None:
    """A day, or the day of a time, as ISO 8601 writes it; None for none. Anything else raises BAD_ANSWER."""
    try:
        return datetime.fromisoformat(text).date() if text else None
    except ValueError:
        pass
    raise ProviderUnavailable(provider, Fault.BAD_ANSWER)  # outside: no value in the context


def rows(provider: str, lines: Iterable[str]) -> Iterator[list[str]]:
    """The rows of a CSV, its heading first. One that is longer or shorter than the heading raises BAD_ANSWER."""
    width = 0
    try:
        for row in csv.reader(lines, strict=True):
            if row:
                width = width or len(row)
                if len(row) != width:
                    break
                yield row
        else:
            return
    except csv.Error:
        pass
    raise ProviderUnavailable(provider, Fault.BAD_ANSWER)
