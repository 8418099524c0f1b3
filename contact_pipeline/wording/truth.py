"""Yes and no, as people and spreadsheets of many languages write them."""

import unicodedata

_YES = """1 1.0 -1 true t yes y x on ok checked enabled ja j jo jep oui o si sí sì s sim tak t ano jah kyllä да д ага
    はい 是 有 对 yes! wahr vrai verdadero verdadeiro vero waar prawda sant sann sand pravda истина 真 ✓ ✔ ✅ ☑ ○ ◯ ●
    〇"""
_NO = """0 0.0 false f no n off unchecked disabled nein non não nao no! nee nie nej nei ne нет н いいえ 否 无 無 不 没有
    falsch faux falso onwaar fałsz falskt falsk usann nepravda ложь 偽 假 ✗ ✘ ❌ ☐ × never"""
TRUE = frozenset(_YES.split())
FALSE = frozenset(_NO.split())


def truth(text: str) -> bool | None:
    """None: neither yes nor no in any language we read."""
    word = unicodedata.normalize("NFC", text.strip().casefold()).rstrip(".")
    return True if word in TRUE else False if word in FALSE else None
