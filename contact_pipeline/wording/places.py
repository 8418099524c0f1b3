"""Countries as people write them → ISO 3166-1 alpha-2, only where certain; and a location out of its parts."""

import re
import unicodedata
from functools import lru_cache

from babel import Locale
from babel.core import get_global

LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt", "pl", "sv", "da", "nb", "fi", "cs", "ro", "hu", "tr", "ja", "zh")
# Written by people and in no list of names.
_ALSO = {
    "usa": "US", "u s a": "US", "us of a": "US", "united states of america": "US", "america": "US", "uk": "GB",
    "great britain": "GB",
    "england": "GB", "scotland": "GB", "wales": "GB", "northern ireland": "GB", "holland": "NL",
    "the netherlands": "NL", "brasil": "BR",
    "czech republic": "CZ", "south korea": "KR", "republic of korea": "KR", "russian federation": "RU",
    "republic of ireland": "IE",
    "vereinigte staaten von amerika": "US", "etats unis d amerique": "US", "estados unidos de america": "US",
    "grossbritannien": "GB",
    "deutschland": "DE", "bundesrepublik deutschland": "DE", "uae": "AE", "macedonia": "MK", "ivory coast": "CI",
    "viet nam": "VN", "turkey": "TR", "turkiye": "TR",
}  # fmt: skip


def _key(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(c if c.isalnum() else " " for c in folded if not unicodedata.combining(c)).split())


@lru_cache(maxsize=1)
def _countries() -> dict[str, str]:
    """Names in all LANGUAGES (CLDR), alpha-2 and alpha-3 codes; a name that means two countries is left out."""
    codes = {str(code) for code in Locale("en").territories if re.fullmatch("[A-Z]{2}", str(code))} - {
        "EU",
        "EZ",
        "UN",
        "XA",
        "XB",
        "QO",
        "ZZ",
    }
    found: dict[str, set[str]] = {}
    for language in LANGUAGES:
        for code, name in Locale(language).territories.items():
            if code in codes:
                found.setdefault(_key(name), set()).add(str(code))
    names = {name: owners.pop() for name, owners in found.items() if len(owners) == 1 and len(name) > 2}
    for alias, replaced in get_global("territory_aliases").items():
        if len(alias) == 3 and alias.isalpha() and len(replaced) == 1 and replaced[0] in codes:
            names.setdefault(alias.lower(), replaced[0])
    return names | {code.lower(): code for code in codes} | _ALSO


def country_code(text: str) -> str | None:
    """None where it is not certain which country is meant."""
    return _countries().get(_key(text))
