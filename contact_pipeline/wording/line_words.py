"""What stands in lines of a table that are no people: words of total, counts, pages, types of columns, remarks. In any
language of ours; plain() has taken case and accents away where a function says `said`."""

import re

from contact_pipeline.wording.stems import Stems

_TYPE = re.compile(
    r"(?:(?:n?var)?char|text|string|str|(?:big|small|tiny)?int(?:eger)?|float|double|decimal|numeric|number|bool(?:ean)?"
    r"|date(?:time)?|timestamp|uuid|json|object|required|mandatory|optional|pflicht(?:feld)?|(?:obliga|faculta)\w{4,9}"
    r"|opzionale|verplicht|wymagane|opcjonalne|obligatorisk|valgfri\w*|valfri\w*|povinn\w+|nepovinn\w+|必須|任意|必填|选填"
    r"|обязательн\w+)\s*(?:\(\d+(?:,\s*\d+)?\))?\*?|\{\s*\".*\}",
    re.IGNORECASE,
)
# Words that no parent gives, then those that may be a name.
_CLEAR = """total *total$ totaal totali totale$ totaux gesamt *summe$ insgesamt zwischensumme subtot sommes$ sammen$
    eindtotaal razem ogolem lacznie podsumowanie celkem dohromady soucet mezisoucet pocet ialt alt$ sammenlagt
    sammanlagt samlet totalsum delsum *summa$ antall$ antal$ aantal итог всего количеств разом всього yhteensa osszesen
    toplam συνολο 合計 総計 小計 件数 総数 合计 总计 總計 小计 共计 总数 记录数 記錄數 합계 총계"""
_CLEAR_TOTAL = Stems(_CLEAR)
_TOTAL = Stems(
    _CLEAR
    + """ sum$ sums$ count$ average$ mean$ overall$ anzahl$ durchschnitt$ mittelwert$ somme$ nombre$ moyenne$ suma$
    sumas$ cantidad$ recuento$ promedio$ soma$ quantidade$ media$ somma$ conteggio$ numero$ number$ som$
    gemiddelde$ liczba$ srednia$ snitt gennemsnit gjennomsnitt prumer$ сумма$ сумм$ число$ средн 計"""
)
_BESIDE_TOTAL = Stems("""
    grand$ general geral complessiv of$ all$ the$ de$ der$ des$ d$ du$ di$ da$ dei$ van$ av$ af$ aller$ til$ i$ a$ den$
    sub$ sous$ record registr enregistr eintrag datensatz datensatze zeile row$ rows$ line contact kontakt contatt
    contat people person client kunde customer entr linha ligne fila rig rij$ rader$ poster$ zaznam wiersz
    rekord запис строк контакт общ amount betrag montant importe umsatz revenue 件 条 條 个 個 名 人 联系人 記録 记录
""")
_ROWS = re.compile(
    r"^ (?:[共全計]|总计|合計|合计)? ?\d[\d ]*(?:rows?|records?|contacts?|entries|results?|items?|people|persons"
    r"|zeilen?|datensatze?|eintrage?|kontakte?|personen|lignes?|enregistrements?|filas?|registros?|contactos?|linhas?|contatos?"
    r"|righe|riga|record|contatti|rijen|rij|wierszy|wiersze|rekordow|kontaktow|rader|poster|kontakter|raekker|radku"
    r"|zaznamu|kontaktu|件|行|条|條|名|人|строк\w*|запис\w*|контакт\w*)"
    r"(?: (?:selected|affected|exported|found|total|in set|returned)(?: [\d ]*sec)?)? $"
)
_PAGE = re.compile(
    r"^ (?:page|seite|pagina|strona|sida|side|strana|p|blatt|ページ|страница|стр)? ?\d{1,4}"
    r"(?: (?:of|von|de|sur|di|van|z|av|af|ze|из) \d{1,4}| \d{1,4}| ページ)? $|^ 第 ?\d+ ?[页頁]"
)
COLONS = (":", "\uff1a")  # the second of Chinese and Japanese
_SAYS_COUNT = re.compile("[^\\d:\uff1a]{2,60}[:\uff1a]\\s*\\d{1,6}")
_MARK = re.compile(r"(?:#|//|--|\*\*|\* |©|sep\s*=)(?![A-Z/0]+[!?])", re.IGNORECASE)
_DAY = re.compile(r"(?<!\d)(?:\d{1,4}[./-]\d{1,2}[./-]\d{1,4}|\d{4}年)")
_END = re.compile("[^\\W\\d_]{4,}\\.$|[\u3002\uff01]$")
_SENTENCE, _PROSE = 5, 12  # words


def is_type(cell: str) -> bool:
    """What a column holds, as a program says it: varchar(80), required, {"ImportId": …}."""
    return _TYPE.fullmatch(cell) is not None


def is_total(said: str) -> bool:
    """Words of total, and nothing else: a name such as Suma Ito is none."""
    words = [f" {word} " for word in said.split() if not word.isdigit()]
    return any(map(_TOTAL, words)) and all(_TOTAL(word) or _BESIDE_TOTAL(word) for word in words)


def speaks_of_total(said: str) -> bool:
    """A word of total among others."""
    return _TOTAL(said)


def begins_with_total(said: str) -> bool:
    """One that is nobody's name."""
    return _CLEAR_TOTAL.start(said) == 1


def is_page(said: str) -> bool:
    """Page 2 of 5."""
    return _PAGE.match(said) is not None


def counts_rows(said: str) -> bool:
    """12 records, 共12条."""
    return _ROWS.match(said) is not None


def says_count(cell: str) -> bool:
    """Any words, a colon and a number."""
    return _SAYS_COUNT.fullmatch(cell) is not None


def is_marked(cell: str) -> bool:
    """Begins like a comment; a spreadsheet's #REF! does not."""
    return _MARK.match(cell) is not None


def is_remark(cell: str) -> bool:
    """A sentence, many words, or words with a day."""
    words = len(cell.split())
    is_sentence = words >= _SENTENCE and _END.search(cell) is not None
    return is_sentence or words >= _PROSE or (words > 1 and _DAY.search(cell) is not None)
