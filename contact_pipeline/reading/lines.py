"""Lines of a table that are no people: the header once more, a row of labels, a ruler, a total. Counted apart, never
contacts."""

import re
from collections.abc import Sequence

from contact_pipeline.reading.field_headers import field_target
from contact_pipeline.reading.headers import ColumnMap
from contact_pipeline.reading.stems import plain
from contact_pipeline.reading.vocabulary import header_key, target_of

LABELS, TOTALS = "label_lines", "total_lines"
_RULER = re.compile(r"[-=+_*~|.:#\s]{3,}")
_TOTAL = frozenset(
    """
    total totals subtotal sum count average mean overall gesamt gesamtsumme gesamtzahl summe summen zwischensumme anzahl insgesamt
    mittelwert durchschnitt totaux somme sommes sous nombre ensemble moyenne suma sumas cantidad recuento promedio soma quantidade media
    totale totali somma subtotale conteggio totaal subtotaal som aantal eindtotaal gemiddelde razem ogolem lacznie liczba srednia
    podsumowanie summa totalt delsumma antal sammanlagt ialt sammenlagt totalsum delsum antall gjennomsnitt gennemsnit celkem soucet
    mezisoucet pocet prumer 合計 総計 小計 計 件数 総数 合计 总计 總計 小计 小計 共计 总数 итого всего сумма количество общий итоги
""".split()
)
_FIRST_WORDS = _TOTAL | frozenset(
    ("grand", "i", "til", "gran", "sub", "page", "seite", "pagina", "p", "strona", "sida", "side")
)
_ROWS = re.compile(
    r"^ \d[\d ]*(?:rows?|records?|contacts?|entries|results?|items?|zeilen?|datensatze?|eintrage?|kontakte?|personen|lignes?"
    r"|enregistrements?|contacts|filas?|registros?|contactos?|linhas?|contatos?|righe|riga|record|contatti|rijen|rij|wierszy|wiersze"
    r"|rekordow|kontaktow|rader|poster|kontakter|raekker|poster|radku|zaznamu|kontaktu|件|行|条|條|строк\w*|запис\w*|контакт\w*)"
    r"(?: (?:selected|affected|exported|found|total|in set))? $"
)
_PAGE = re.compile(
    r"^ (?:page|seite|pagina|strona|sida|side|strana|p) \d+(?: (?:of|von|de|sur|di|van|z|av|af|ze) \d+| \d+)? $"
)
_PHONE = re.compile(r"^\s*(?:\+|00?)[\d ()./-]{7,}$")
_LETTERS = re.compile(r"[^\W\d_]")


class NoPeople:
    """Judges the lines of one file. probe: a cell in which an at sign tells at once that a line is somebody's."""

    def __init__(self, columns: Sequence[ColumnMap]) -> None:
        self._header = [header_key(c.header) for c in columns]
        self._targets = [c.target for c in columns]
        self.probe = next((c.position for c in columns if c.target == "email"), 1 << 30)

    def kind(self, record: Sequence[str]) -> str | None:
        """LABELS, TOTALS, or None: it may be somebody."""
        filled = [(place, cell.strip()) for place, cell in enumerate(record) if cell and not cell.isspace()]
        if not filled:
            return None
        first = filled[0][1]
        if len(first) > 80:
            return None
        if not _LETTERS.search(first):
            if all(_RULER.fullmatch(cell) for _, cell in filled) and len(self._header) > 0:
                return LABELS
            return TOTALS if len(filled) == 1 and _ROWS.match(plain(first)) else None
        key = header_key(first)
        place = filled[0][0]
        if key in self._header or target_of(first) is not None:
            return LABELS if self._is_label(filled) else self._total(filled, place)
        return self._total(filled, place)

    def _is_label(self, filled: Sequence[tuple[int, str]]) -> bool:
        """Each cell names a field, and at least half of them the field of their own column."""
        if len(filled) < 2 and len(self._header) > 1:
            return False
        own = 0
        for place, cell in filled:
            if place >= len(self._header) or "@" in cell or len(cell) > 60:
                return False
            is_header = header_key(cell) == self._header[place] != ""
            target = target_of(cell) or field_target(cell)
            if target is None and not is_header:
                return False
            own += is_header or (target == self._targets[place] != "extra")
        return 2 * own >= len(filled)

    def _total(self, filled: Sequence[tuple[int, str]], place: int) -> str | None:
        """A word of total first, and beside it sums and nothing that reaches anybody."""
        first = filled[0][1]
        start = first.split(None, 1)[0].rstrip(":.").casefold() if not first.startswith("(") else ""
        if start and plain(start).strip() not in _FIRST_WORDS and not start[0].isdigit() and start.isascii():
            return None
        said = plain(first)
        if _PAGE.match(said) or _ROWS.match(said):
            return TOTALS if len(filled) <= 2 else None
        words = said.split()
        if not (words[0] in _TOTAL or (len(words) > 1 and (words[1] in _TOTAL or "".join(words[:2]) in _TOTAL))):
            return None
        has_sum = len(filled) > 1 or any(map(str.isdigit, first)) or first.endswith(":")
        is_alone = len(words) <= 2 and (place == 0 or has_sum)
        for _, cell in filled:
            if "@" in cell or _PHONE.match(cell):
                return None
        for _, cell in filled[1:]:
            if len(_LETTERS.findall(cell)) > 12 or (
                not any(map(str.isdigit, cell)) and plain(cell).split()[:1] not in ([], [words[0]])
            ):
                return None
        return TOTALS if has_sum or is_alone else None
