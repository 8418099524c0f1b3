"""Lines of a table that are no people: the header once more, a row of labels, a ruler, a total, a remark. Counted apart,
never contacts. A line is judged by itself, so that no other line changes its number when a row is erased.

Whatever reaches somebody, an address or a number, is somebody's, whatever words stand beside it.
"""

import re
from collections.abc import Sequence

from contact_pipeline.wording.field_headers import field_target
from contact_pipeline.wording.permission_cells import Said, said_in
from contact_pipeline.wording.stems import Stems, plain
from contact_pipeline.wording.vocabulary import header_key, target_of

LABELS, TOTALS, OTHER_TABLE = "label_lines", "total_lines", "other_table"
NUMBER = re.compile(r"\s*(?:\+|\(?0)[\d ()./-]{5,}\s*$")
_LETTERS = re.compile(r"[^\W\d_]")
_RULER = re.compile(r"[-=+_*~|.:#\s]{3,}")
_TYPE = re.compile(
    r"(?:(?:n?var)?char|text|string|str|(?:big|small|tiny)?int(?:eger)?|float|double|decimal|numeric|number|bool(?:ean)?|"
    r"date(?:time)?|timestamp|uuid|json|object|required|mandatory|optional|pflicht(?:feld)?|(?:obliga|faculta)\w{4,9}|opzionale|"
    r"verplicht|wymagane|opcjonalne|obligatorisk|valgfri\w*|valfri\w*|povinn\w+|nepovinn\w+|必須|任意|必填|选填|обязательн\w+)"
    r"\s*(?:\(\d+(?:,\s*\d+)?\))?\*?|\{\s*\".*\}",
    re.IGNORECASE,
)
# Words that no parent gives, then those that may be a name.
_CLEAR = """total *total$ totaal totali totale$ totaux gesamt *summe$ insgesamt zwischensumme subtot sommes$ sammen$
    eindtotaal razem ogolem lacznie podsumowanie celkem dohromady soucet mezisoucet pocet ialt alt$ sammenlagt
    sammanlagt samlet totalsum delsum *summa$ antall$ antal$ aantal итог всего количеств разом всього yhteensa osszesen toplam
    συνολο 合計 総計 小計 件数 総数 合计 总计 總計 小计 共计 总数 记录数 記錄數 합계 총계"""
_CLEAR_TOTAL = Stems(_CLEAR)
_TOTAL = Stems(
    _CLEAR
    + """ sum$ sums$ count$ average$ mean$ overall$ anzahl$ durchschnitt$ mittelwert$ somme$ nombre$ moyenne$ suma$
    sumas$ cantidad$ recuento$ promedio$ soma$ quantidade$ media$ somma$ conteggio$ numero$ number$ som$ gemiddelde$ liczba$
    srednia$ snitt gennemsnit gjennomsnitt prumer$ сумма$ сумм$ число$ средн 計"""
)
_BESIDE_TOTAL = Stems("""grand$ general geral complessiv of$ all$ the$ de$ der$ des$ d$ du$ di$ da$ dei$ van$ av$ af$ aller$ til$ i$ a$ den$ sub$ sous$
    record registr enregistr eintrag datensatz datensatze zeile row$ rows$ line contact kontakt contatt contat people person client
    kunde customer entr linha ligne fila rig rij$ rader$ poster$ zaznam wiersz rekord запис строк контакт общ amount betrag
    montant importe umsatz revenue 件 条 條 个 個 名 人 联系人 記録 记录""")
_ROWS = re.compile(
    r"^ (?:[共全計]|总计|合計|合计)? ?\d[\d ]*(?:rows?|records?|contacts?|entries|results?|items?|people|persons|zeilen?|datensatze?"
    r"|eintrage?|kontakte?|personen|lignes?|enregistrements?|filas?|registros?|contactos?|linhas?|contatos?|righe|riga|record"
    r"|contatti|rijen|rij|wierszy|wiersze|rekordow|kontaktow|rader|poster|kontakter|raekker|radku|zaznamu|kontaktu"
    r"|件|行|条|條|名|人|строк\w*|запис\w*|контакт\w*)"
    r"(?: (?:selected|affected|exported|found|total|in set|returned)(?: [\d ]*sec)?)? $"
)
_PAGE = re.compile(
    r"^ (?:page|seite|pagina|strona|sida|side|strana|p|blatt|ページ|страница|стр)? ?\d{1,4}"
    r"(?: (?:of|von|de|sur|di|van|z|av|af|ze|из) \d{1,4}| \d{1,4}| ページ)? $|^ 第 ?\d+ ?[页頁]"
)
_COLONS = (":", "\uff1a")  # the second of Chinese and Japanese
_SAYS_COUNT = re.compile("^[^\\d:\uff1a]{2,60}[:\uff1a]\\s*\\d{1,6}$")
_MARK = re.compile(r"^(?:#|//|--|\*\*|\* |©|sep\s*=)(?![A-Z/0]+[!?])", re.IGNORECASE)
_DAY = re.compile(r"(?<!\d)(?:\d{1,4}[./-]\d{1,2}[./-]\d{1,4}|\d{4}年)")
_PROSE, _SENTENCE, _LONGEST = 12, 5, 2_000
_OF_NAMES = frozenset({"name", "given_name", "middle_name", "family_name"})
_CLOSING = frozenset({Said.LEFT, Said.BLOCKED, Said.REFUSED, Said.COMPLAINED})


class NoPeople:
    """Judges the lines of one file. A line with an at sign in the cell `address`, or a number in the cell `phone`, is
    somebody's: nothing more need be looked at. -1: the file has no such column."""

    def __init__(self, header: Sequence[str]) -> None:
        self._header = [header_key(name) for name in header]
        self._targets = [target_of(name) or field_target(name) or "extra" for name in header]
        self.address, self.phone = (self._first(target) for target in ("email", "phone"))

    def _first(self, target: str) -> int:
        return self._targets.index(target) if target in self._targets else -1

    def is_header(self, record: Sequence[str]) -> bool:
        """The file's own, once more."""
        return [header_key(cell) for cell in record] == self._header

    def kind(self, record: Sequence[str]) -> str | None:
        """LABELS, TOTALS, OTHER_TABLE (the header of one), or None: it may be somebody."""
        filled = [(place, cell.strip()) for place, cell in enumerate(record) if cell and not cell.isspace()]
        if not filled or len(filled[0][1]) > _LONGEST:
            return None
        if any("@" in cell or NUMBER.match(cell) for _, cell in filled):
            return None
        if all(_RULER.fullmatch(cell) for _, cell in filled):
            return LABELS
        return self._labels(filled) or self._total(filled) or self._remark(filled)

    def _labels(self, filled: Sequence[tuple[int, str]]) -> str | None:
        """Each cell names a field. The fields of their own columns: labels; others: another table begins."""
        if len(filled) < 2 and len(self._header) > 1:
            return None
        if len(filled) > 1 and all(_TYPE.fullmatch(cell) for _, cell in filled):
            return LABELS
        own = elsewhere = named = unknown = 0
        for place, cell in filled:
            if place >= len(self._header) or len(cell) > 60:
                return None
            is_own = header_key(cell) == self._header[place] != ""
            target = target_of(cell) or (field_target(cell) if len(filled) > 1 else None)
            if target is None and not is_own:
                if any(map(str.isdigit, cell)) or (place < len(self._targets) and self._targets[place] != "extra"):
                    return None
                unknown += 1
                continue
            is_own = is_own or target == self._targets[place] != "extra"
            own += is_own
            named += target != "extra"
            elsewhere += not is_own and target != "extra" and target in self._targets
        if unknown and own < max(2, unknown + 1):
            return None
        if not elsewhere and 2 * own >= len(filled) - unknown:
            return LABELS
        return OTHER_TABLE if named and len(filled) > 1 else None

    def _total(self, filled: Sequence[tuple[int, str]]) -> str | None:
        """A word of total, and beside it sums and nothing else. A name such as Suma Ito is none."""
        worded = [(place, cell) for place, cell in filled if _LETTERS.search(cell)]
        place, first = worded[0] if worded else filled[0]
        if len(first) > 80 or any(not (_is_sum(cell) or _is_total(plain(cell))) for _, cell in worded[1:]):
            return None
        said = plain(first)
        if not worded:
            is_page = len(filled) == 1 and not first.isdigit() and _PAGE.match(said)
            return TOTALS if is_page else None
        if _PAGE.match(said) or _ROWS.match(said):
            return TOTALS if len(worded) == 1 else None
        has_sum = len(filled) > len(worded)
        says_sum = any(map(str.isdigit, first)) or first.endswith(_COLONS)
        few = len(said.split()) <= 6
        if _is_total(said):
            return TOTALS if has_sum or says_sum or place == 0 else None
        if few and ((says_sum and _TOTAL(said)) or (has_sum and _CLEAR_TOTAL.start(said) == 1)):
            return TOTALS
        return TOTALS if len(worded) == 1 and few and _SAYS_COUNT.match(first) else None

    def _remark(self, filled: Sequence[tuple[int, str]]) -> str | None:
        """One cell of text where a name would stand: a comment, a page's date, a sentence. A name has none of these."""
        if len(filled) > 1:
            return None
        place, cell = filled[0]
        if place > 0 and (place >= len(self._targets) or self._targets[place] not in _OF_NAMES):
            return None
        if _MARK.match(cell):
            return LABELS
        if len(self._header) < 2 or _LETTERS.search(cell) is None:
            return None
        words = cell.split()
        is_sentence = len(words) >= _SENTENCE and re.search(r"[^\W\d_]{4,}\.$|[\u3002\uff01]$", cell) is not None
        if not (is_sentence or len(words) >= _PROSE or (len(words) > 1 and _DAY.search(cell))):
            return None
        return None if said_in(cell) in _CLOSING else LABELS


def _is_total(said: str) -> bool:
    """Words of total, and nothing else."""
    words = [f" {word} " for word in said.split() if not word.isdigit()]
    return any(map(_TOTAL, words)) and all(_TOTAL(word) or _BESIDE_TOTAL(word) for word in words)


def _is_sum(cell: str) -> bool:
    return any(map(str.isdigit, cell)) and len(_LETTERS.findall(cell)) <= 12
