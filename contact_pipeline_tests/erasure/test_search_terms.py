"""Every writing of a person's values is looked for, and nothing that only looks like one."""

import hashlib
import json
import re
import string
from urllib.parse import quote

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contact_pipeline.erasure.search_terms import ERASED_TEXT, SearchTerms, SubjectValues, search_terms_of

ADA = SubjectValues(
    emails=("Ada@x.test",), phones=("(020) 7946-0958",), numbers=("+442079460958",),
    profiles=("https://www.linkedin.com/in/Ada-Exemplary",), names=("Ada Exemplary", "Exemplary", "Al"),
    keys=("00ff" * 8,),
)  # fmt: skip
NEEDLES = search_terms_of(ADA)
CALM = settings(max_examples=60, deadline=None)
LOCAL = st.text(string.ascii_letters + string.digits + "._%+-'ÄÖßéñ", min_size=1, max_size=12)


def found(text: str, terms: SearchTerms = NEEDLES) -> bool:
    return terms.pattern.search(text.lower()) is not None


def found_when_tied(text: str, terms: SearchTerms = NEEDLES) -> bool:
    return terms.tied_pattern.search(text.lower()) is not None


@pytest.mark.parametrize(
    "text",
    [
        "ada@x.test", "ADA@X.TEST", "<ada@x.test>", "mailto:ada@x.test", "Write to ada@x.test.", "ada@x.test,Ada",
        '{"email": "Ada@x.test"}', "x=ada%40x.test&y=1", "\x1fada@x.test\x1f",
        "+442079460958", "442079460958", "+44 20 7946 0958", "020 7946 0958", "02079460958", "(020) 7946-0958",
        "https://www.linkedin.com/in/ada-exemplary", "linkedin.com/in/ada-exemplary/",
        "LinkedIn.com/in/Ada-Exemplary?a=b",
        hashlib.md5(b"ada@x.test").hexdigest(), hashlib.sha1(b"ada@x.test").hexdigest().upper(),
        hashlib.sha256(b"ada@x.test").hexdigest(), hashlib.sha256(b"+442079460958").hexdigest(),
        "\\x" + "00ff" * 8,
    ],
)  # fmt: skip
def test_it_is_found(text: str) -> None:
    assert found(text.removeprefix("\\x"))


@pytest.mark.parametrize(
    "text",
    [
        "jada@x.test", "nada@x.test", r"\jada@x.test", "ada@x.test.csvs",
        "j.ada@x.test", "an-ada@x.test", "a+ada@x.test", "ada@x.tests", "ada@x.test.example",
        "ada@x.test-lab.example", "ada@y.test", "4420794609581", "1442079460958", "linkedin.com/in/ada-exemplary-2",
        "Ada Exemplary", "ada", "",
    ],
)  # fmt: skip
def test_it_is_somebody_elses(text: str) -> None:
    assert not found(text)


@pytest.mark.parametrize(
    "text",
    ["Ada Exemplary", "ada  exemplary", "ADA_EXEMPLARY.csv", "ada-exemplary", "Exemplary, Ada", "Mr. Exemplary's desk",
     "(exemplary)", "ada.exemplary"],
)  # fmt: skip
def test_a_name_is_found_in_any_punctuation_where_the_row_is_tied(text: str) -> None:
    assert found_when_tied(text)
    assert not found(text)


@pytest.mark.parametrize("text", ["Adamant Exemplaryly", "nonexemplary", "exemplary2", "Al", "Alice", "exemplar"])
def test_a_longer_word_is_no_name_and_two_letters_are_none(text: str) -> None:
    assert not found_when_tied(text)


def test_somebody_without_values_is_never_found() -> None:
    nobody = search_terms_of(SubjectValues())
    assert (nobody.values, nobody.keys, nobody.names) == ((), (), ())
    assert not found_when_tied("anything at all", nobody)
    assert nobody.redacted("anything", is_tied=True) == "anything"
    blanks = search_terms_of(
        SubjectValues(emails=("", " "), phones=("12 34",), names=(" ", "--", "x"), numbers=("+1",))
    )
    assert not found_when_tied("-- 12 34 -- +1, x", blanks)


@CALM
@given(LOCAL, st.sampled_from(["x.test", "bücher.test", "Mail.X.TEST"]))
def test_every_writing_of_an_address_is_found(local: str, domain: str) -> None:
    address = f"{local}@{domain}"
    terms = search_terms_of(SubjectValues(emails=(address,)))
    writings = {address, address.lower(), quote(address), json.dumps(address)[1:-1]}
    writings.add(f"{local}@{domain.lower().encode('idna').decode()}")
    writings |= {hashlib.new(name, address.lower().encode()).hexdigest() for name in ("md5", "sha1", "sha256")}
    for writing in writings:
        assert found(f'"{writing}"', terms), writing
        # PostgreSQL's C locale lowers ASCII only: what it is asked for must be in the list in that form, too.
        in_c = "".join(c.lower() if c.isascii() else c for c in writing)
        assert any(value in in_c for value in terms.values), writing


@CALM
@given(st.sampled_from(["GB", "US", "DE", "FR", "BR", "IN", "JP", "CH"]))
def test_every_writing_of_a_number_is_found(region: str) -> None:
    number = phonenumbers.example_number(region)
    assert number
    formats = phonenumbers.PhoneNumberFormat
    e164 = phonenumbers.format_number(number, formats.E164)
    terms = search_terms_of(SubjectValues(numbers=(e164,)))
    for form in (formats.E164, formats.INTERNATIONAL, formats.NATIONAL):
        written = phonenumbers.format_number(number, form)
        assert found(f"Call {written}!", terms)
        assert found(re.sub(r"\D", "", written), terms)
        assert not found(f"9{re.sub(r'[^0-9]', '', written)}9", terms)


VALUES = st.sampled_from(
    ["ada@x.test", "ADA@X.test", "+44 20 7946 0958", "Ada Exemplary", "exemplary", "42", "ok", "ä"]
)
MEMBERS = st.sampled_from(["a", "ada@x.test"])  # a name in them is a word of some program
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | VALUES | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "ada@x.test"]), inner, max_size=2)
    ),
    max_leaves=8,
)


@CALM
@given(JSON, st.booleans())
def test_json_stays_json(value: object, is_tied: bool) -> None:
    for text in (json.dumps(value), json.dumps(value, ensure_ascii=False)):
        clean = NEEDLES.redacted(text, is_tied=is_tied)
        json.loads(clean)
        assert not (found_when_tied if is_tied else found)(clean.replace(ERASED_TEXT, ""))
        assert NEEDLES.redacted(clean, is_tied=is_tied) == clean


def test_only_the_find_is_replaced() -> None:
    text = "Jada@x.test met Ada@X.test and Ada Exemplary"
    assert NEEDLES.redacted(text) == f"Jada@x.test met {ERASED_TEXT} and Ada Exemplary"
    assert NEEDLES.redacted(text, is_tied=True) == f"Jada@x.test met {ERASED_TEXT} and {ERASED_TEXT}"


def test_values_are_kept_and_joined_whole_and_never_shown() -> None:
    assert SubjectValues.from_json(ADA.to_json()) == ADA
    assert ADA.joined(SubjectValues()) == ADA.joined(ADA) == SubjectValues().joined(ADA)
    assert "ada" not in f"{ADA!r}{NEEDLES!r}".lower()


# A line break or a letter beyond ASCII may be two to six characters in JSON, the last of them a letter or digit.
@pytest.mark.parametrize(
    "text",
    [json.dumps("Write to:\nada@x.test"), json.dumps("\tada@x.test"),
     json.dumps("Grüßé", ensure_ascii=True)[:-1] + 'ada@x.test"',
     json.dumps("call\n02079460958"), json.dumps("see\nlinkedin.com/in/ada-exemplary"), "to=%3Cada@x.test%3E",
     "%20ada%40x.test"],
)  # fmt: skip
def test_it_is_found_after_an_escaped_character(text: str) -> None:
    assert found(text)


@pytest.mark.parametrize("text", ["ada@x.test.csv", "2026-11-02 ada@x.test.csv", "unsubscribed ada@x.test.xlsx"])
def test_it_is_found_in_the_name_of_a_file(text: str) -> None:
    assert found(text)


def test_json_stays_json_where_an_escape_looks_like_the_first_letter() -> None:
    terms = search_terms_of(SubjectValues(emails=("nora@x.test",), names=("Nora",)))
    for text in ("Write to:\nora@x.test", "see\nora"):
        assert json.loads(terms.redacted(json.dumps(text), is_tied=True))
