"""Cells as they were meant: encoded twice, escaped for HTML, in quotes, of full width, in marks nobody sees."""

import html
import unicodedata
from typing import Any

import pyarrow as pa
import pytest
from faker import Faker
from hypothesis import given
from hypothesis import strategies as st

from contact_pipeline.decoding.mended import MAY_BE_MEANT_OTHERWISE, as_meant, half_width, once_encoded, unescaped
from contact_pipeline.reading.cells import RowNotes, clean
from contact_pipeline_tests.reading.rows import read

LOCALES = ("de_DE", "fr_FR", "es_ES", "pt_BR", "it_IT", "sv_SE", "da_DK", "pl_PL", "cs_CZ", "hu_HU", "tr_TR", "ru_RU",
"uk_UA", "el_GR", "lv_LV", "ja_JP", "zh_CN", "ko_KR", "he_IL", "th_TH", "ar_SA")  # fmt: skip


def names(count: int = 25) -> list[str]:
    found = []
    for locale in LOCALES:
        fake = Faker(locale)
        fake.seed_instance(4)
        found += [text for _ in range(count) for text in (f"{fake.first_name()} {fake.last_name()}", fake.company())]
    return [unicodedata.normalize("NFC", name) for name in found if not name.isascii()]


NAMES = names()


def cleaned(cell: str, **how: Any) -> tuple[str | None, RowNotes]:
    notes = RowNotes(1)
    return clean(pa.array([cell]), "name", notes, key="Name", **how)[0].as_py(), notes


def read_as(text: str, codec: str) -> str:
    """What the codec leaves undefined, programs keep as a control character."""
    return "".join(bytes([b]).decode(codec, "ignore") or chr(b) for b in text.encode())


@pytest.mark.parametrize("codec", ["cp1252", "latin-1", "mac_roman", "cp1251"])
@pytest.mark.parametrize("times", [1, 2, 3])
def test_what_was_encoded_more_than_once_is_mended(codec: str, times: int) -> None:
    mended = wrong = 0
    for name in NAMES:
        given = name
        for _ in range(times):
            given = read_as(given, codec)
        found, notes = cleaned(given)
        mended += found == name
        if found == name:
            assert notes.repairs[0] == ["name:mended_encoding"]
            assert notes.refused[0] == {"Name": given}
        wrong += found != name and bool(notes.refused)
    assert wrong == 0
    assert mended >= 0.9 * len(NAMES)


def test_text_that_was_encoded_once_stays() -> None:
    for name in [
        *NAMES,
        "SÃO JOSÉ",
        "CAFÉ™ Ô",
        "Þórður Ægir",
        "Ñandú®",
        "Àêîõü",
        "L’Été",
        "Crème – Brûlée",
        "GARÇON «Ø»",
    ]:
        assert once_encoded(name) == name


@given(st.text(st.characters(codec="cp1252"), max_size=12))
def test_mending_is_done_once(text: str) -> None:
    assert once_encoded(once_encoded(text)) == once_encoded(text)


@given(st.sampled_from(NAMES), st.sampled_from(["named", "decimal", "hex", "twice"]))
def test_entities(name: str, style: str) -> None:
    given = {
        "named": lambda: html.escape(name).encode("ascii", "xmlcharrefreplace").decode(),
        "decimal": lambda: "".join(f"&#{ord(c)};" for c in name),
        "hex": lambda: "".join(f"&#x{ord(c):X};" for c in name),
        "twice": lambda: html.escape("".join(f"&#{ord(c)};" for c in name)),
    }[style]()
    found, notes = cleaned(given)
    assert found == name.strip()
    assert notes.refused[0]["Name"] == given[:2_000]
    assert "name:html_entities" in notes.repairs[0]


@pytest.mark.parametrize(
    "cell", ["https://a.example/?a=1&copy=2&lt=3", "R&D; H&M", "Fish & Chips;", "&;", "&unknownname;"]
)
def test_an_ampersand_is_no_entity(cell: str) -> None:
    assert unescaped(cell) == cell


PAIRS = ["''", '""', "“”", "„“", "„”", "»«", "«»", "‚‘", "‘’", "‹›", "””"]


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("inner", ["Ida Iltis", "Iltis, Kauz & Co", "O’Fenwick", "O'Fenwick"])
def test_a_pair_of_quotes_around_a_cell_is_none_of_it(pair: str, inner: str) -> None:
    found, notes = cleaned(pair[0] + inner + pair[1])
    assert found == inner
    assert notes.repairs[0] == ["name:quotes"]


@pytest.mark.parametrize(
    "cell",
    ["„Kauz“ GmbH", "“Ida” and “Kay”", "O’Fenwick", "D'Iltis", "'t Veld", "Ida “Ili” Iltis", "dell’Orso", "James’"],
)
def test_quotes_within_a_cell_are_its_own(cell: str) -> None:
    assert as_meant(cell) == (cell, [])


@given(
    st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters="'\"`&;"), min_size=1, max_size=20)
)
def test_full_width_is_only_another_way_to_write(text: str) -> None:
    wide = "".join(chr(ord(c) + 0xFEE0) for c in text)
    assert half_width(wide) == text
    assert cleaned(wide)[0] == text


def test_full_width_in_every_field() -> None:
    _, rows = read("Name,Email,Phone\nＰｉａ　Ｐｕｍａ,ｐｉａ＠ｐｕｍａ．example,＋４９　３０　２３１２５９０１\n")
    assert (rows[0]["name"], rows[0]["email"]) == ("Pia Puma", "pia@puma.example")
    assert rows[0]["phone"].replace(" ", "") == "+493023125901"
    assert cleaned("ﾌｼﾞ ﾓﾓｺ")[0] == "フジ モモコ"


@given(st.sampled_from(NAMES))
def test_composed_and_decomposed_are_one(name: str) -> None:
    assert cleaned(unicodedata.normalize("NFD", name))[0] == name.strip()
    assert cleaned(unicodedata.normalize("NFD", name), single_line=False)[0] == name.strip()


UNSEEN = "\u200b\u2060\ufeff\u00ad\u200c\u200d\u034f\u202a\u202c\u2066\u180e\u3164\ufe0f\U000e0041"


@given(st.sampled_from(UNSEEN), st.integers(0, 8))
def test_marks_that_nobody_sees(mark: str, at: int) -> None:
    found, notes = cleaned("Ida Iltis"[:at] + mark + "Ida Iltis"[at:])
    assert found == "Ida Iltis"
    assert notes.repairs[0] == ["name:invisible_characters"]
    assert not notes.refused


def test_joiners_stay_where_they_join() -> None:
    persian, family = "می‌خواهم", "👩‍👧"
    assert cleaned(persian)[0] == persian
    assert cleaned(family)[0] == family


@pytest.mark.parametrize("space", "\u00a0\u2002\u2009\u202f\u205f\u3000")
@pytest.mark.parametrize("single_line", [True, False])
def test_every_space_is_a_space(space: str, single_line: bool) -> None:
    assert cleaned(f"{space}Ida{space}Iltis{space}", single_line=single_line)[0] == "Ida Iltis"


def test_the_look_at_a_whole_column_misses_nothing() -> None:
    import pyarrow.compute as pc

    # Not cp1251: what is left of a name then may as well be meant, so such a column is not looked through.
    for codec in ("cp1252", "latin-1", "mac_roman", "cp1250", "cp437"):
        for name in NAMES:
            given = read_as(name, codec)
            if as_meant(given)[1]:
                assert pc.match_substring_regex(pa.array([given]), MAY_BE_MEANT_OTHERWISE)[0].as_py(), (codec, name)


def test_the_landed_row_keeps_what_was_given() -> None:
    _, rows = read("Name,Email,Company\n\u201eIda Iltis\u201c,ida@a.example,Kauz &amp; S\u00c3\u00b6hne\n")
    assert (rows[0]["name"], rows[0]["company"]) == ("Ida Iltis", "Kauz & Söhne")
    assert rows[0]["extra"] == {"Name": "\u201eIda Iltis\u201c", "Company": "Kauz &amp; S\u00c3\u00b6hne"}
    assert set(rows[0]["repairs"]) == {"name:quotes", "company:mended_encoding", "company:html_entities"}
