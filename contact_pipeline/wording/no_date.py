"""Cells of a date column that say that nothing happened: never, a dash, the zero day of a database or a spreadsheet."""

import re
import unicodedata

# Words of time only: yes and no are read in truth.py. `unknown` is not here: it happened, and nobody knows when.
_SAID = """
    never not_yet not_applicable not_given not_set none nothing nil null nan nat n/a n.a na n/v
    #n/a #n/v undefined unset empty
    nie niemals noch_nie noch_nicht kein keine keines keiner nicht_vorhanden entfällt leer k.a keine_angabe
    jamais pas_encore aucun aucune néant sans_objet s/o vide
    nunca jamás todavía_no aún_no ninguno ninguna nada no_aplica no_procede vacío
    ainda_não nenhum nenhuma não_aplicável não_se_aplica vazio
    mai non_ancora nessuno nessuna niente nulla non_applicabile vuoto
    nooit nog_niet geen n.v.t nvt niet_van_toepassing leeg
    nigdy jeszcze_nie brak nie_dotyczy żaden żadna żadne puste
    aldrig ännu_inte inte_än ingen inget inga intet saknas ej_tillämpligt tom tomt
    endnu_ikke ikke_endnu aldri ennå_ikke ikke_ennå ingenting ikke_relevant
    nikdy ještě_ne zatím_ne žádný žádná žádné nic prázdné
    никогда ещё_нет еще_нет пока_нет нет_данных отсутствует пусто не_применимо
    从不 從不 从未 從未 没有 沒有 未 尚未 无 無 空
    なし 無し ない 該当なし 未定 未実施 未登録 まだ
    false falsch faux falso onwaar fałsz falskt falsk nepravda ложь 偽 假
"""
_WORDS = frozenset(unicodedata.normalize("NFKC", word.replace("_", " ")).casefold() for word in _SAID.split())
_MARKS = re.compile("[-_./ \u2012-\u2015\u2212]+")  # what stands for an empty cell; a star may be a tick
_NOUGHT = re.compile(r"[+-]?0+(?:[.,]0+)?")
_DAY = re.compile(
    r"(?:(?P<year>\d{4})(?P<mark>[-/.]?)(?P<month>\d\d?)(?P=mark)(?P<day>\d\d?)"
    r"|(?P<a>\d\d?)(?P<mark2>[-/.])(?P<b>\d\d?)(?P=mark2)(?P<year2>\d{4}|00))"
    r"(?:(?:T|[, ]\s*)(?P<hour>\d\d?):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,]0+)?)?)?"
    r"\s*(?P<half>[ap]\.?m\.?)?\s*(?:z|utc|gmt|[+-]\d\d:?(?:\d\d)?)?",
    re.IGNORECASE,
)
# What systems write for no day: .NET, Windows, SQL Server, spreadsheets (0 is 30 or 31 December 1899, or `1900-01-00`).
_ZERO_DAYS = frozenset(
    {(1, 1, 1), (1601, 1, 1), (1753, 1, 1), (1899, 12, 30), (1899, 12, 31), (1900, 1, 0), (1900, 1, 1)}
)


def is_no_date(text: str) -> bool:
    """The cell says that it did not happen. An unknown word says nothing: it may have happened."""
    text = unicodedata.normalize("NFKC", text).strip().casefold()
    if text in _WORDS or text.rstrip(".!") in _WORDS or _NOUGHT.fullmatch(text) or _MARKS.fullmatch(text):
        return True
    found = _DAY.fullmatch(text)
    if found is None:
        return False
    year = int(found["year"] or found["year2"])
    if found["year"]:
        days = {(int(found["month"]), int(found["day"]))}
    else:
        days = {(int(found["a"]), int(found["b"])), (int(found["b"]), int(found["a"]))}
    if year == 0:  # 00/00/00 too; no day of the year 2000 has neither month nor day
        return len(found["year"] or found["year2"]) == 4 or (0, 0) in days
    hour, is_dated_only = int(found["hour"] or 0), found["hour"] is None
    if (year, 1, 1) == (1970, 1, 1) and (1, 1) in days:
        return (hour <= 14 and not found["half"]) or hour == 12  # moment nought, as zones east of London write it
    if (year, 12, 31) == (1969, 12, 31) and days & {(12, 31), (31, 12)}:
        return not is_dated_only and (hour >= 12 or bool(found["half"]))  # … and west of it
    return any((year, *day) in _ZERO_DAYS for day in days)
