"""What people write over columns, into cells and on files, in fifteen languages: the test's own knowledge, taken from
no table of the product. languages/<code>.toml holds it."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "languages"
CODES = tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


@dataclass(frozen=True)
class Language:
    """One language. lists: by `section.kind`, or by kind where it has no section."""

    code: str
    lists: Mapping[str, Sequence[str]]

    def __getitem__(self, kind: str) -> Sequence[str]:
        return self.lists[kind]


@cache
def language(code: str) -> Language:
    """Its words."""
    given = tomllib.loads((FOLDER / f"{code}.toml").read_text(encoding="utf-8"))
    lists: dict[str, Sequence[str]] = {}
    for key, value in given.items():
        for kind, words in value.items() if isinstance(value, dict) else [("", value)]:
            lists[f"{key}.{kind}".rstrip(".")] = tuple(word.strip() for word in words.split("|"))
    return Language(code, lists)
