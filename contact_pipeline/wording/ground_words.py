"""What a cell says of the ground for using a contact: a refusal, or a source that cannot have been a consent.

In the languages whose headers we read. A word may take a ground away and restrict; none gives one (which stated
interests count, the policy lists).
"""

import re
import unicodedata
from functools import lru_cache

from contact_pipeline.wording.truth import truth

OBJECTION = ("email:objection", "phone:objection")

# Whole words, without accents and case.
_REFUSAL = frozenset("""
    refused refusal refuses denied denies declined rejected objected objection objects opposed withdrawn
    withdrew revoked optout unsubscribed prohibited forbidden abgelehnt ablehnung verweigert verweigerung
    widersprochen widerspruch widerrufen widerruf untersagt verboten refuse refusee refus oppose opposition
    retire revoque interdit interdite rechazado rechazada rechazo denegado negado negada oposicion opuesto
    retirado revocado prohibido recusado recusada recusa oposicao revogado proibido rifiutato rifiutata
    rifiuto opposizione opposto ritirato revocato vietato geweigerd weigering bezwaar ingetrokken afgewezen
    verboden odmowa odmowiono sprzeciw wycofano cofnieto zabronione avbojt nekat vagrat invandning aterkallat
    forbjudet avslatt nektet innvending trukket reservert forbudt afvist naegtet indsigelse tilbagekaldt
    kielletty kieltaytynyt evatty vastustanut peruttu odmitnuto odmitl odmitla namitka odvolano zakazano
""".split())  # fmt: skip  # noqa: SIM905 - a word list reads as words
_REFUSAL_PHRASES = re.compile(
    r"\b(?:opt(?:ed)?[ -]?out|do not|not (?:given|agreed|interested|allowed)|no (?:consent|contact|interest)"
    r"|kein interesse|keine einwilligung|nicht (?:erteilt|einverstanden)|pas (?:interesse|d'accord)"
    r"|no (?:interesado|acepta)|non (?:interessato|acconsente)|nao (?:aceita|interessado)|niet akkoord)\b"
)

# Ways to come by an address that nobody's consent is part of (GDPR Art. 4(11): freely given, by the person).
_NO_CONSENT = re.compile(
    r"\b(?:research(?:ed)?|scrap(?:e|ed|er|ing)|crawl(?:ed|er|ing)?|harvest(?:ed|ing)?|purchas(?:e|ed)|bought|rented"
    r"|list broker|data broker|enrich(?:ed|ment)?|append(?:ed)?|third[ -]party list"
    r"|recherch(?:e|iert|ee)|gekauft|zugekauft|gemietet|ang?ereichert|anreicherung"
    r"|achat|achete[es]?|enrichi(?:e|ssement)?|loue"
    r"|investiga(?:do|cion)|comprad[oa]|compra|raspado|enriquecid[oa]|enriquecimient?o"
    r"|pesquisa|acquist(?:o|at[oa])|comprat[oa]|arricchi(?:to|mento)|ricerca"
    r"|onderzoek|gekocht|aangekocht|verrijk(?:t|ing)"
    r"|zakup(?:iono|iony)?|kupion[aey]|wzbogacon[aey]|kopt|inkopt|berikad|kjopt|beriket|kobt|beriget|ostettu|rikastettu"
    r"|koupen[aoy]?|obohacen[aoy]?)\b"
)
_LETTERS = str.maketrans({"ø": "o", "æ": "ae", "ß": "ss", "ł": "l", "đ": "d", "_": " "})


@lru_cache(maxsize=4096)
def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold().replace("\u2019", "'"))
    return "".join(c for c in decomposed if not unicodedata.combining(c)).translate(_LETTERS)


def is_refusal(text: str) -> bool:
    """Whether the cell says no: a plain no, or a word or phrase of refusal in it."""
    return truth(text) is False or is_refusal_phrase(text)


def is_refusal_phrase(text: str) -> bool:
    """A word or phrase of refusal; a plain no is none."""
    plain = _plain(text)
    return not _REFUSAL.isdisjoint(re.findall(r"[a-z]+", plain)) or _REFUSAL_PHRASES.search(plain) is not None


def is_no_consent(text: str) -> bool:
    """Whether a consent cannot come from where it is said to: research, scraping, purchase, enrichment, a refusal."""
    return _NO_CONSENT.search(_plain(text)) is not None or is_refusal(text)
