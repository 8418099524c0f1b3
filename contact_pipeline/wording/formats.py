"""Export formats as data: how to recognise each product's file, and where its words differ from everybody's.

Columns are matched by name, never by position: users pick, rename and reorder them. A format is recognised when all
headers of one of its signatures are there; the first format of the table wins. A table for each family of products
(formats_*.py) says where its header rows come from: nothing is invented.
"""

from collections.abc import Iterable

from contact_pipeline.wording.export_format import Format
from contact_pipeline.wording.formats_address_books import ADDRESS_BOOKS
from contact_pipeline.wording.formats_crm import CRM
from contact_pipeline.wording.formats_enrichment import ENRICHMENT
from contact_pipeline.wording.formats_newsletter import NEWSLETTERS
from contact_pipeline.wording.formats_shops_events import SHOPS_AND_EVENTS
from contact_pipeline.wording.vocabulary import header_key, target_of

_REQUIREMENTS = Format(
    "seed_document_gdpr",
    (("consent_date", "data_source"), ("legitimate_interest_basis",), ("processing_purpose", "retention_period"),
    ("data_source", "retention_period")),
)  # fmt: skip
FORMATS = (*ADDRESS_BOOKS, *CRM, *ENRICHMENT, *NEWSLETTERS, *SHOPS_AND_EVENTS, _REQUIREMENTS)

OVERRIDES = {f.key: {header_key(h): t for h, t in f.overrides.items()} for f in FORMATS}
DAY_FIRST = {f.key: f.day_first for f in FORMATS}
WORDS = {f.key: frozenset(map(header_key, f.columns.split("|"))) - {""} for f in FORMATS}
_ALL_WORDS = frozenset().union(*WORDS.values())
_SIGNATURES = [(f.key, [frozenset(map(header_key, s)) for s in f.signatures]) for f in FORMATS]


def detect_format(header: Iterable[str]) -> str | None:
    """The key of the first format one of whose signatures is wholly in the header, or None."""
    raw = set(header)
    keys = {header_key(name) for name in raw}
    for format_key, signatures in _SIGNATURES:
        if any(signature <= keys for signature in signatures):
            return format_key
    # A bare SOQL result: only the API's own spelling tells it from any table with an id.
    if "Id" in raw and {"FirstName", "LastName"} & raw:
        return "salesforce_api"
    return None


def is_known_header(header: str) -> bool:
    """Serves to find the header among preamble lines and to choose a delimiter."""
    return 0 < len(header) <= 80 and (header_key(header) in _ALL_WORDS or target_of(header) is not None)
