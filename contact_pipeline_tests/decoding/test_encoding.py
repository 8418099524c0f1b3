"""What a file is written in: read right or held with its candidates, over the names of many languages. Never wrong."""

import csv
import io
from collections import Counter
from random import Random

import pytest
from faker import Faker
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from contact_pipeline.core.errors import UnreadableDrop
from contact_pipeline.decoding.encoding import detect_encoding, readings
from contact_pipeline.drops.archive import drop_options
from contact_pipeline.policy.file import Policy
from contact_pipeline.policy.sections import SourcePolicy

WEST = ("cp1252", "iso8859-1", "iso8859-15")
CENTRE = ("cp1250", "iso8859-2")
IN_USE = {
    **dict.fromkeys(("de_DE", "fr_FR", "es_ES", "pt_BR", "pt_PT", "it_IT", "nl_NL", "sv_SE", "no_NO", "da_DK"), WEST),
    **dict.fromkeys(("pl_PL", "cs_CZ", "sk_SK", "hu_HU", "hr_HR", "sl_SI"), CENTRE),
    "ru_RU": ("cp1251", "koi8-r", "iso8859-5", "mac_cyrillic", "cp866"), "uk_UA": ("cp1251", "koi8-u"),
    "bg_BG": ("cp1251",), "el_GR": ("cp1253", "iso8859-7"), "tr_TR": ("cp1254", "iso8859-9"),
    "lt_LT": ("cp1257", "iso8859-13"), "lv_LV": ("cp1257", "iso8859-13"), "he_IL": ("cp1255", "iso8859-8"),
    "ar_SA": ("cp1256", "iso8859-6"), "th_TH": ("cp874",), "ja_JP": ("cp932", "euc_jp"), "zh_CN": ("gb18030", "gb2312"),
    "zh_TW": ("big5",), "ko_KR": ("cp949", "euc_kr"),
}  # fmt: skip
OF_OLD_MACHINES = {
    **dict.fromkeys(("de_DE", "fr_FR", "es_ES", "pt_PT", "it_IT", "sv_SE", "da_DK"), ("mac_roman", "cp850")),
    **dict.fromkeys(("pl_PL", "cs_CZ", "hu_HU"), ("mac_latin2", "cp852")), "el_GR": ("mac_greek",), "tr_TR": ("cp857",),
}  # fmt: skip


def people(locale: str, seed: int, rows: int) -> str:
    """A list with at least one letter beyond ASCII."""
    fake, random = Faker(locale), Random(seed)
    fake.seed_instance(seed)
    while True:
        lines = [["Name", "Email", "Company", "Phone"]]
        for n in range(rows):
            company = fake.company().translate({ord(c): None for c in "«»„“”№–’"})
            name = f"{fake.first_name()} {fake.last_name()}"
            lines.append([name, f"p{n}@list{seed}.example", company, f"+49 30 2312{random.randint(5000, 5999)}"])
        out = io.StringIO(newline="")
        csv.writer(out, delimiter=random.choice(",;\t"), lineterminator=random.choice(("\n", "\r\n"))).writerows(lines)
        if not out.getvalue().isascii():
            return out.getvalue()


def outcomes(codecs_of: dict[str, tuple[str, ...]], rows: int, seeds: range) -> Counter[str]:
    counted: Counter[str] = Counter()
    for locale, codecs in codecs_of.items():
        for seed in seeds:
            text = people(locale, seed, rows)
            for codec in codecs:
                try:
                    content = text.encode(codec)
                except UnicodeEncodeError:
                    continue
                found = detect_encoding(io.BytesIO(content))
                is_right = content.decode(found.codec) == text
                outcome = "held" if found.candidates else "right" if is_right else f"wrong: {locale} in {codec}"
                counted[outcome] += 1
    return counted


@pytest.mark.parametrize("rows", [3, 12])
def test_what_lists_are_written_in_is_read_right_or_held(rows: int) -> None:
    found = outcomes(IN_USE, rows, range(10, 13))
    assert set(found) <= {"right", "held"}, found
    assert found["held"] <= 0.12 * found.total()


def test_what_old_machines_write_is_read_right_or_held() -> None:
    found = outcomes(OF_OLD_MACHINES, 10, range(20, 23))
    assert set(found) <= {"right", "held"}, found
    assert found["right"] >= 0.5 * found.total()


@pytest.mark.parametrize("locale", ["de_DE", "fr_FR", "es_ES", "pt_PT", "it_IT", "nl_NL", "sv_SE", "no_NO", "da_DK"])
def test_the_commonest_encoding_of_western_europe_is_read(locale: str) -> None:
    found = outcomes({locale: ("cp1252",)}, 15, range(30, 38))
    assert found["right"] >= found.total() - 1, found
    assert set(found) <= {"right", "held"}


LETTERS = "Name;Email\nЮлия Щукина;u@a.example\n"


@pytest.mark.parametrize(
    "text", [LETTERS, "Name,Email\nZoë Müller,z@a.example\n", "名前,Email\n梅 みのり,u@a.example\n"]
)
@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be", "utf-8-sig"])
def test_unicode_with_and_without_a_mark(text: str, codec: str) -> None:
    content = text.encode(codec)
    found = detect_encoding(io.BytesIO(content))
    assert content.decode(found.codec) == text
    assert not found.candidates


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text("abcdeZ ,;\n@.", min_size=4, max_size=30), min_size=4, max_size=12), st.data())
def test_nul_bytes_strewn_into_text_do_not_make_it_utf_16(lines: list[str], data: st.DataObject) -> None:
    text = "Name,Email\n" + "\n".join(lines)
    at = data.draw(st.integers(0, len(text) - 1))
    assert detect_encoding(io.BytesIO((text[:at] + "\0" + text[at:]).encode())).codec == "utf-8"


def test_seven_bits_of_japanese() -> None:
    text = "Name,Email\n梅 みのり,u@a.example\n"
    found = detect_encoding(io.BytesIO(text.encode("iso2022_jp")))
    assert text.encode("iso2022_jp").decode(found.codec) == text


# One word: Giosuè in cp850, Giosuä in Mac Roman.
AMBIGUOUS = b"Name,Email\nPia Giosu\x8a,p@a.example\nBo,b@a.example\n"


def test_what_nothing_proves_is_held_with_its_candidates() -> None:
    found = detect_encoding(io.BytesIO(AMBIGUOUS))
    assert len(found.candidates) > 1
    assert found.candidates[0] == found.codec
    (fault,) = found.faults
    assert fault.rule == "unproven_encoding"
    assert all(codec in fault.what for codec in found.candidates)
    assert "Pia" not in str(fault)


def test_inspection_gets_the_lines_that_differ_as_each_candidate_reads_them() -> None:
    stream = io.BytesIO(AMBIGUOUS)
    found = detect_encoding(stream)
    shown = readings(stream, found)
    assert set(shown) == set(found.candidates)
    assert len({lines[0] for lines in shown.values()}) == len(shown)
    assert all(len(lines) == 1 and "Bo," not in lines[0] for lines in shown.values())
    assert stream.tell() == 0


def test_what_is_declared_is_no_guess() -> None:
    for codec in ("mac_roman", "cp850", "cp1252"):
        found = detect_encoding(io.BytesIO(AMBIGUOUS), codec)
        assert (found.codec, found.candidates) == (codec, ())
    with pytest.raises(UnreadableDrop, match="policy says") as caught:
        detect_encoding(io.BytesIO(b"Name\n\x81\x8d\n"), "cp1252")
    assert caught.value.reason == "undecodable_text"


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_what_the_bytes_prove_wins_over_what_is_declared(codec: str) -> None:
    assert LETTERS.encode(codec).decode(detect_encoding(io.BytesIO(LETTERS.encode(codec)), "cp1250").codec) == LETTERS


def test_the_policy_names_encodings_of_text() -> None:
    assert SourcePolicy(encoding="Windows-1250").encoding == "cp1250"
    policy = Policy.model_validate({"sources": {"shop": {"encoding": "shift_jis"}}})
    assert drop_options(policy, "shop").encoding == "shift_jis"
    for no_encoding in ("hex", "base64", "rot13", "idna", "unicode_escape", "nonsense", ""):
        with pytest.raises(ValidationError):
            SourcePolicy(encoding=no_encoding)


def test_the_address_beside_a_name_tells_its_letters() -> None:
    found = detect_encoding(io.BytesIO(AMBIGUOUS.replace(b"p@a", b"pia.giosue@a")))
    assert (found.codec, found.candidates) == ("cp850", ())


def test_a_rare_byte_far_down_in_a_large_file_counts() -> None:
    head = "Name,Email\n" + "Zoë Grün,z@a.example\n" * 60_000
    content = head.encode("cp1252") + b"Bo\x81,b@a.example\n"  # undefined in cp1252
    found = detect_encoding(io.BytesIO(content))
    assert found.codec == "latin-1"  # and Arabic has a letter there, so a person is asked
    assert set(found.candidates) <= {"latin-1", "cp1256"}
