"""What people write into a phone cell that is no number stays none; what a spreadsheet did to a number is seen."""

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contact_pipeline.core.number_shapes import is_something_else
from contact_pipeline.phones.normalize import every_reading
from contact_pipeline.phones.numbering import judge_number
from contact_pipeline.wording.numbers import read_phone_cell

NONSENSE = """
gerne per Post|not given|ohne|chiedere a Pia|nur Fax|after lunch|siehe oben|see row 12|pas encore|bald|TBC 7|x 2
2021-11-30|30.11.2021|11/30/2021|30-11-21|2021-11-30 08:15:00|20211130|19790228|28/02/1979|2021/11/30 8:15|8:15
08:15-16:45|Di 8-16|8-12 h|2.480,00|2,480.00|17,90|17.90|EUR 749|749 EUR|USD 12,500|1'250.00|\u20ac 99|15%|0,75|12.5 %
1.250.000|3,000,000|10.20.30.40|192.0.2.17|198.51.100.254|203.0.113.7:8443|2001:db8:0:1::7|fe80::1ff:fe23:4567:890a
00:00:5e:00:53:af|https://ok.example/55512345|www.ok.example|ok.example/p/90210|FR76 3000 6000 0112 3456 7890 189
NL91ABNA0417164300|RX20394857|ORD-2021-30411|C-40028811|INV20211130|KdNr 40118822|Bestellung 50023344|PO 7001122
Lot 20211130|Case #20394857|47.376887, 8.541694|51.507351|-33.868820|11.222.333-4|987.654.321-00|93/815/08152
2018-2022|2021\u5e7411\u670830\u65e5|3fa85f64-5717-4562-b3fc-2c963f66afa6|SN 8C7D44120|4.200.000|01067|01067 Dresden
3011 Bern|EC1A 1BB|69002|33101|33101-1234|979-10-90636-07-1|ISBN 979-10-90636-07-1|5901234123457|4242 4242 4242 4242
490154203237518|219-09-9999|30x40|250 m2|20000 Abos|40118822 St.|2000-4000|10-20|v2.10.3|7/8|06/2022|Q4 2021
KW 48/2021|1|42|700|8081|23456789|40118822|6,49E+09|WAHR|#NAME?|1638230400|Raum 17|Suite 400 12345|3. OG|Abt. 77 C
DE 811907980|HRB 98765|Mo-Do 9-15 Uhr|5 - 7 days|9 000 000
"""
CELLS = [cell for line in NONSENSE.strip().splitlines() for cell in line.split("|")]


@pytest.mark.parametrize("region", ["DE", "US", "GB", "FR", "ES", "IT", "SE", "IN"])
def test_at_most_one_of_forty_becomes_a_number(region: str) -> None:
    assert len(CELLS) > 110
    numbers = [
        cell for cell in CELLS
        if any(judge_number(value, region, phonenumbers).phone_e164 for value in read_phone_cell(cell).values)
    ]  # fmt: skip
    assert len(numbers) <= len(CELLS) / 40, numbers


NATIONAL = [
    (region, kind)
    for region in ("DE", "GB", "FR", "US", "ES", "IT", "NL", "PL", "SE", "CH", "AT", "DK", "BR", "IN", "JP", "AU", "MX")
    for kind in (0, 1)
]


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(NATIONAL), st.sampled_from(["-", "/", ".", " "]), st.booleans())
def test_a_number_as_its_country_writes_it_is_read(of: tuple[str, int], mark: str, is_international: bool) -> None:
    example = phonenumbers.example_number_for_type(of[0], of[1])
    assert example is not None
    form = phonenumbers.PhoneNumberFormat
    written = phonenumbers.format_number(example, form.INTERNATIONAL if is_international else form.NATIONAL)
    written = written.replace(" ", mark) if mark != "/" else written.replace(" ", mark, 1)
    if is_something_else(written):  # 11.111.111: nobody can tell it from an amount
        return
    judged = judge_number(written, of[0], phonenumbers)
    assert judged.phone_e164 in (phonenumbers.format_number(example, form.E164), None)
    if mark in ("-", " "):
        assert judged.phone_e164 is not None


@pytest.mark.parametrize(
    ("text", "region", "number", "reason"),
    [
        ("33612345678", "NO", "+33612345678", None),  # too long for Norway: a spreadsheet ate the plus
        ("4312345678", "DE", None, "ambiguous_region"),  # Kiel without its zero, or Vienna without its plus
        ("43 1 2345678", "DE", "+4312345678", None),  # who writes groups apart writes the code apart
        ("431 2345678", "DE", "+494312345678", None),  # and the area apart
        ("15202345678", "DE", None, "ambiguous_region"),
        ("3012345678", "DE", "+493012345678", None),  # a zero is gone, and Greece has no such number
        ("3522612345", "US", "+13522612345", None),  # whole as North America writes it
        ("4930901820", "US", "+4930901820", None),
        ("00 44 20 7183 8750", "US", "+442071838750", None),
        ("011 44 20 7183 8750", "DE", "+442071838750", None),
        ("4312345678", None, None, "region_unknown"),
        ("030 1234567 Pforte", "DE", None, "not_a_number"),  # a word never becomes digits
        ("030 12345 Tor", "DE", None, "not_a_number"),
    ],
)
def test_digits_without_their_plus(text: str, region: str | None, number: str | None, reason: str | None) -> None:
    judged = judge_number(text, region, phonenumbers)
    assert (judged.phone_e164, judged.sub_status) == (number, reason)


def test_what_is_ambiguous_is_closed_in_both_readings() -> None:
    assert every_reading(["4312345678"], ["DE"])["4312345678"] == ["+4312345678", "+494312345678"]
