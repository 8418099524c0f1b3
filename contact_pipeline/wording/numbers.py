"""Phone cells → numbers in order. Cuts, splits and repairs as people mean it where that is certain; judges nothing.

Lost digits are never invented and words never glued to a number. What is no number by its writing stays as given: the
phone room says so (core/number_shapes.py).
"""

import re
import unicodedata

from contact_pipeline.core.number_shapes import PHONE_WORDS, VANITY, digits_of, is_something_else, shows_itself
from contact_pipeline.wording.addresses import NOTHING_POINT, Reading

NO_PHONE = r"^\+?[0() .-]*$|^[+]?1?[() .-]*(1234567890|123[() .-]*456[() .-]*7890|0123456789)$|\.0$"
FEWEST_DIGITS, MOST_DIGITS = 7, 15  # a number with its area; ITU-T E.164
_FEWEST_OF_AREA = 3  # with its zero or plus
_FEWEST_BESIDE_WORDS = 4  # `Room 12` is words
_SCIENTIFIC = re.compile(r"^\+?(\d)(?:[.,](\d+))?e\+?(\d{1,2})$", re.IGNORECASE)
_PREFIX = re.compile(r"(?:p|t|m|tel|phone|mob|mobile|callto|sip)\s*:\s*(?=[+(\d])", re.IGNORECASE)
_PARAMETER = r"(?!\s*[a-z-]+=)"  # `;ext=5` of RFC 3966 belongs to its number
_SEPARATOR = re.compile(rf"\s:::\s|[;|]{_PARAMETER}|\n", re.IGNORECASE)
_ASIDE = re.compile(r"[(\[{][^()\[\]{}]*[^\W\d_][^()\[\]{}]*[)\]}]|[(\[{]\s*\d{1,2}[:.]\d\d.*?[)\]}]")
_RUN = re.compile(r"(?:[+(\uff0b]\s*)?\(?\d(?:[\d\s().\-\u2013\u2014/,+'\uff0b\u00b7]*\d)?")
# A second number begins with its plus or zero.
_MORE = re.compile(r"\s*[&\u2022*]\s*|\s*\+\s*(?=\(?[0+])|(?<=\d)\s*(?=[+\uff0b])")
_PIECE = re.compile(r"(\s*[/,]\s*|\s+[-\u2013\u2014]\s+)")
# How a number within a house is announced, in the languages of our headers and their neighbours; what libphonenumber
# reads by itself is among them, for it is looked for only behind a number.
_EXTENSION_WORDS = frozenset("""
    ext extn extension extensión extensao extensão x xt durchwahl dw dwl nebenstelle nst app apparat klappe kl poste p
    interno interne int anexo ramal r toestel tst wew wewn wewnętrzny linka klapka mellék anknytning ankn anknytn lok
    lokal lokalnr innväx interior centralita alanumero dahili dah доб добавочный вн внутр εσωτ 内線 分机 转 轉
    שלוחה تحويلة داخلي
""".split())  # fmt: skip  # noqa: SIM905 - a word list reads as words
_WORD = re.compile(r"[^\W\d_]+")
_BEHIND_VANITY = re.compile(r"\s*(?:(?:ext\.?|x|#)\s*\d{1,7})?", re.IGNORECASE)


def read_phone_cell(cell: str) -> Reading:
    """One cell. Scientific notation is undone only when it carries every digit."""
    reading = Reading()
    text = cell if cell.isascii() else "".join(str(unicodedata.decimal(c, c)) for c in cell)
    if text != cell:
        reading.note("phone:other_digits")
    text = _without_asides(text, reading)
    for part in _parts(text):
        value, rule, is_lost = repair_number(part.strip())
        if rule:
            reading.note(rule)
        reading.refused = reading.refused or is_lost
        if value and not is_lost:
            reading.values += [" ".join(v.split()) for v in _read_part(value, reading)]
    reading.values = [v for v in reading.values if v.lower() not in NOTHING_POINT and not is_no_number(v)]
    return reading


def shown_numbers(text: str) -> list[str]:
    """Numbers in a text that is about something else: only those that show themselves, and nothing beside them."""
    if len(digits_of(text)) < FEWEST_DIGITS:
        return []
    reading = read_phone_cell(text.strip().strip("/,;|<>\u00ab\u00bb- \n"))
    found = [v for v in reading.values if shows_itself(v) and FEWEST_DIGITS <= len(digits_of(v)) <= MOST_DIGITS]
    return [v for v in found if not is_something_else(v)] if len(found) == len(reading.values) else []


def _without_asides(text: str, reading: Reading) -> str:
    """Words and hours in brackets are about the number."""
    found = _ASIDE.search(text)
    if found is None or VANITY.fullmatch(text):
        return text
    label = [w.casefold() for w in _WORD.findall(found[0])]
    if label and label[0] in _EXTENSION_WORDS and re.search(r"\d", found[0]):
        return text
    _cut(reading)
    return _ASIDE.sub(" ", text).strip() or text


def _cut(reading: Reading) -> None:
    reading.note("phone:words_cut")
    reading.refused = True  # the words stay in the whole cell


def _parts(text: str) -> list[str]:
    parts = [p for p in _SEPARATOR.split(text) if p.strip()]
    if len(parts) > 1 and not all(len(digits_of(p)) >= FEWEST_DIGITS - 1 or _WORD.search(p) for p in parts):
        return [text.replace("\n", " ")]  # a number over two lines
    return parts


def repair_number(text: str) -> tuple[str, str | None, bool]:
    """(number, rule or None, were digits lost)."""
    rule = None
    if text[:1] in ("'", "`", "\u2018", "\u2019"):
        text, rule = text[1:].strip(), "phone:apostrophe"
    prefix = _PREFIX.match(text)
    if prefix:
        text, rule = text[prefix.end() :].strip(), "phone:prefix"
    scientific = _SCIENTIFIC.match(text)
    if scientific:
        digits = scientific[1] + (scientific[2] or "")
        if len(digits) == int(scientific[3]) + 1:
            return digits, "phone:scientific_repaired", False
        return "", "phone:scientific", True
    if re.fullmatch(r"\+?\d{6,}\.0+", text):
        return text.partition(".")[0], "phone:float", False
    return text, rule, False


def is_no_number(text: str) -> bool:
    """Zeros, the keyboard's row, one digit over and over: typed where something had to be."""
    digits = digits_of(text)
    if re.match(NO_PHONE, text) or (not digits and not _WORD.search(text)):
        return True
    return len(digits) >= 6 and len(set(digits)) == 1 and len(digits) == len(re.sub(r"[\s().+-]", "", text))


def _read_part(part: str, reading: Reading) -> list[str]:
    if part.lower() in NOTHING_POINT:
        return []
    if not _WORD.search(part):
        if is_something_else(part):
            return [part]
        return _split_run(part, reading)
    if "://" in part or "www." in part.lower():
        return [part]
    if len(digits_of(part)) < _FEWEST_BESIDE_WORDS:
        reading.note("phone:no_number")
        reading.refused = True
        return []
    vanity = VANITY.match(part)
    if vanity and _WORD.search(vanity[0]) and not part[vanity.end() : vanity.end() + 1].isalnum():
        extension = _BEHIND_VANITY.match(part, vanity.end())
        end = extension.end() if extension else vanity.end()
        if part[end:].strip():
            _cut(reading)
        return [part[:end].strip()]
    return _read_worded(part, reading)


def _read_worded(part: str, reading: Reading) -> list[str]:
    """Numbers among words. A number that could be anything stays with its words, as given."""
    runs = list(_RUN.finditer(part))
    values: list[str] = []
    has_cut = False
    end = 0
    for run in runs:
        words = [w.casefold() for w in _WORD.findall(part[end : run.start()])]
        behind = part[run.end() : run.end() + 1]
        digits = len(digits_of(run[0]))
        is_short = digits < FEWEST_DIGITS and not (shows_itself(run[0]) and digits > 4)
        if values and is_short and words and words[-1] in _EXTENSION_WORDS:
            canonical = _is_read_by_itself(words[-1])
            values[-1] = part[runs[0].start() : run.end()] if canonical and len(values) == 1 and not has_cut else (
                f"{values[-1]} ext. {digits_of(run[0])}"
            )  # fmt: skip
            if not canonical:
                reading.note("phone:extension")
        elif is_short and values:
            if words and part[run.start() - 1].isalpha():
                return [part]  # letters among the digits: nobody knows whose
            has_cut = True
        elif is_short or not _is_trusted(part, run, words, digits) or (behind.isalpha() and not _is_mark(part, run)):
            return [part]
        else:
            values += _split_run(run[0].strip(), reading)
            has_cut = has_cut or bool(words)
        end = run.end()
    has_cut = has_cut or _WORD.search(part, end) is not None
    if has_cut and values:
        _cut(reading)
    return values or [part]


def _is_read_by_itself(word: str) -> bool:
    """libphonenumber reads these marks."""
    return word in ("ext", "extn", "extension", "x", "int", "anexo")


def _is_mark(part: str, run: "re.Match[str]") -> bool:
    found = _WORD.match(part, run.end())
    return found is not None and found[0].casefold() in _EXTENSION_WORDS


def _is_trusted(part: str, run: "re.Match[str]", words: list[str], digits: int) -> bool:
    """Beside words, digits are a number if they show themselves, or the words say so, or they are as long as one."""
    if is_something_else(run[0].strip()):
        return False
    is_named = any(len(word) > 1 for word in PHONE_WORDS.intersection(words))
    if words and not is_named and part[run.start() - 1].isalpha():  # `AB0123456`
        return False
    return shows_itself(run[0]) or is_named or (not words and digits >= FEWEST_DIGITS + 2)


def _split_run(run: str, reading: Reading) -> list[str]:
    """Numbers in a text without words: `030 12 / 0171 34`, `030 1234567/68` (two lines of one house), `030/1234567`."""
    numbers: list[str] = []
    for text in _MORE.split(run):
        if text.strip():
            numbers += _split_slashes(text.strip(), reading)
    return [part for number in numbers for part in _split_spaces(number)]


def _split_slashes(text: str, reading: Reading) -> list[str]:
    pieces = _PIECE.split(text)
    if len(pieces) == 1:
        return [text]
    numbers: list[str] = []
    current = pieces[0]
    for separator, piece in zip(pieces[1::2], pieces[2::2], strict=True):
        length = len(digits_of(piece))
        begins = piece.lstrip("(").startswith(("0", "+", "\uff0b")) and length >= _FEWEST_OF_AREA
        if not length:
            continue
        if _is_area(current) and not (begins and length >= FEWEST_DIGITS - 1):
            current += separator.replace(",", " ") + piece
        elif begins or length >= FEWEST_DIGITS - 1:
            numbers.append(current)
            current = piece
        elif "/" in separator and (variant := _variant(current, piece)):
            reading.note("phone:variant")
            numbers.append(current)
            current = variant
        elif not separator.strip(" -\u2013\u2014"):
            current += separator + piece
        else:
            _cut(reading)
    if numbers and _is_area(current):  # `030 1234567/0171`
        _cut(reading)
        return numbers
    return [*numbers, current]


def _is_area(text: str) -> bool:
    """Whether a piece is only the front of a number."""
    text = text.strip()
    digits = digits_of(text)
    if text.startswith(("+", "\uff0b", "00")):
        return len(digits.removeprefix("00")) <= 8
    return len(digits) <= (6 if text.startswith(("0", "(")) else 4)


def _variant(number: str, tail: str) -> str | None:
    """The other line that `/68` or `/-12` means: the last digits are replaced, where they count up."""
    digits = digits_of(tail)
    if tail.startswith("-") and "-" in number:
        return f"{number.rpartition('-')[0]}-{digits}"
    last = re.search(r"\d+\Z", number)
    if last is None or not 1 <= len(digits) <= 3 or len(last[0]) <= len(digits):
        return None
    return number[: -len(digits)] + digits if int(number[-len(digits) :]) < int(digits) else None


def _split_spaces(number: str) -> list[str]:
    """More digits than a number has are several, where a group begins with a zero as numbers do."""
    if len(digits_of(number)) <= MOST_DIGITS:
        return [number]
    found: list[str] = []
    for group in number.split():
        begins = group.lstrip("(").startswith("0") and (not found or len(digits_of(found[-1])) >= FEWEST_DIGITS)
        if begins or not found:
            found.append(group)
        else:
            found[-1] += f" {group}"
    return found if all(FEWEST_DIGITS <= len(digits_of(one)) <= MOST_DIGITS for one in found) else [number]
