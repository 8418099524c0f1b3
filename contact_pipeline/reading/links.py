"""LinkedIn profile addresses → one spelling; any other address is not a profile. No network."""

import re
import unicodedata
from urllib.parse import quote, unquote

import pyarrow as pa
import pyarrow.compute as pc

from contact_pipeline.reading.cells import map_distinct

PREFIX = "https://www.linkedin.com/in/"
# Country hosts (uk., de.) and mobile hosts show the same profile.
_PLAIN = r"^https?://(?:www\.)?linkedin\.com/in/[a-z0-9_-]+/?$"
_PROFILE = re.compile(
    r"^(?:https?:)?(?://)?(?:[a-z0-9-]{1,10}\.)?(?:[a-z]{1,6}\.)?linkedin\.com/(?:mwlite/|#!?/)?(in|pub)/([^?#\s]+)",
    re.IGNORECASE,
)


def profile_url(text: str) -> str | None:
    """`https://www.linkedin.com/in/<slug>`: lower case, no query, no trailing slash. None for companies, posts,
    searches.

    The old /pub/<name>/<a>/<b>/<c> keeps its own form: which /in/ page it became is LinkedIn's knowledge.
    """
    found = _PROFILE.match(text.strip())
    if not found:
        return None
    kind = found[1].lower()
    parts = [unicodedata.normalize("NFC", unquote(p)).lower().strip() for p in found[2].split("/") if p]
    if not parts or any(not p or not re.fullmatch(r"[^\s/?#&%\"'<>\\\x00-\x1f\x7f]+", p) for p in parts[:4]):
        return None
    if kind == "in" or len(parts) < 4:
        # /in/<slug>/de, /in/<slug>/overlay/…: views of the same person
        return PREFIX + quote(parts[0], safe="-_.~") if parts[0].isascii() else PREFIX + parts[0]
    return "https://www.linkedin.com/pub/" + "/".join(parts[:4])


def profile_urls(values: pa.Array) -> pa.Array:
    """Column-wise; the usual spelling passes without being looked at one by one."""
    lowered = pc.utf8_lower(values)
    plain = pc.fill_null(pc.match_substring_regex(lowered, _PLAIN), False)
    slugs = pc.utf8_rtrim(pc.replace_substring_regex(lowered, r"^https?://(?:www\.)?linkedin\.com/in/", PREFIX), "/")
    if not pc.any(pc.and_(pc.invert(plain), values.is_valid())).as_py():
        return slugs
    odd = map_distinct(pc.if_else(plain, pa.scalar(None, pa.string()), values), profile_url, pa.string())
    return pc.if_else(plain, slugs, odd)
