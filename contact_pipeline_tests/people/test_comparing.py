"""What is one and the same in two writings, and what only looks like it."""

import itertools
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contact_pipeline.people.comparing import ENOUGH, comparable, is_same
from contact_pipeline.profiles.planning import FIELDS

LEGAL_FORMS = (
    "GmbH", "AG", "KG", "OHG", "GmbH & Co. KG", "AG & Co. KG", "SE & Co. KGaA", "Co., Ltd.",
    "Inc.", "Incorporated", "Corp.", "LLC", "Ltd", "Limited", "PLC", "S.A.",
    "SARL", "SAS", "S.p.A.", "S.r.l.", "S.L.", "Lda", "Ltda.", "B.V.", "N.V.", "AB", "ASA", "A/S", "ApS", "Oy",
    "Sp. z o.o.", "s.r.o.", "Kft.", "d.o.o.", "Pty Ltd", "Pvt. Ltd.", "Pte Ltd", "Sdn Bhd", "K.K.",
)  # fmt: skip


def both_ways(field: str, one: str, other: str) -> bool:
    assert is_same(field, one, other) == is_same(field, other, one)
    return is_same(field, one, other)


@pytest.mark.parametrize("form", LEGAL_FORMS)
def test_a_legal_form_is_no_part_of_a_company(form: str) -> None:
    assert both_ways("company", f"Nordlicht {form}", "NORDLICHT")
    assert both_ways("company", f"Nordlicht, {form}", "Nordlicht GmbH")
    assert not both_ways("company", f"Nordlicht {form}", f"Sudlicht {form}")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Café Noir", "CAFE NOIR"),
        ("Société Dubois SA", "Societe Dubois"),
        ("Smørbrød ApS", "Smorbrod"),
        ("Łąka Sp. z o.o.", "Laka"),
        ("Straßenbau GmbH", "STRASSENBAU"),
        ("Birch-Lane", "Birch Lane"),
        ("Birch & Lane", "Birch and Lane"),
        ("Miller's Mill", "Miller\u2019s Mill"),
        ("Miller\u00b4s Mill", "Millers Mill"),
        ("Bluebird", "Blue Bird"),
        ("Nordlicht Maschinenbau", "Nordlicht Machinenbau"),
        ("株式会社 北光", "株式会社 北光"),
    ],
)
def test_one_company_in_two_writings(one: str, other: str) -> None:
    assert both_ways("company", one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Deutsche Bank", "Deutsche Bahn"),
        ("Bank of America", "Bank of Africa"),
        ("Microsoft Ireland", "Microsoft Iceland"),
        ("Northwind", "Southwind"),
        ("Acme", "Acme Labs"),
        ("Air France", "Air France KLM"),
        ("3M", "3D"),
        ("!!!", "???"),
        ("Limited", "Inc"),
        ("北光", "南光"),
    ],
)
def test_two_companies(one: str, other: str) -> None:
    assert not both_ways("company", one, other)


@pytest.mark.parametrize(
    "other",
    [
        "jane doe", "DOE, JANE", "Doe, Jane A.", "Jane Mary Doe", "J. Doe", "Doe, J.", "J. M. Doe", "Jane D.", "Jane",
        "Dr. Jane Doe", "Jane Doe, PhD", "Jane  Doe", "jane.doe", "JaneDoe", "Jané Döe", "Prof. Dr. J. Doe",
    ],
)  # fmt: skip
def test_one_name_in_two_writings(other: str) -> None:
    assert both_ways("name", "Jane Doe", other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("José Núñez", "Jose Nunez"),
        ("Søren Ørsted", "Soren Orsted"),
        ("Łukasz Đurić", "Lukasz Duric"),
        ("Jörg Müller", "Joerg Mueller"),
        ("Ægir Þorsson", "Aegir Thorsson"),
        ("I\u015f\u0131l Y\u0131ld\u0131z", "Isil Yildiz"),
        ("Pat O'Brien", "OBrien, Pat"),
        ("Anna-Maria Kohl", "Anna Maria Kohl"),
        ("Li-Wei Chen", "Liwei Chen"),
        ("Jonathan Abernathy", "Johnathan Abernathy"),
        ("Dr. Jane Doe", "Jane Doe, PhD"),
        ("J. D. Salt", "Jerome David Salt"),
        ("J. Jane Doe", "Jane John Doe"),  # the initial must not take Jane's place
        ("李 伟", "伟 李"),
        ("Иван Петров", "ПЕТРОВ Иван"),
    ],
)
def test_names_with_accents_and_parts(one: str, other: str) -> None:
    assert both_ways("name", one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Jane Doe", "John Doe"),
        ("Jane Doe", "Jane Roe"),
        ("John Smith", "Joan Smith"),
        ("Michael Johnson", "Michelle Johnson"),
        ("Christopher Ng", "Christopher Wu"),
        ("Jane A. Doe", "Jane B. Doe"),
        ("John Doe Jr.", "John Doe Sr."),
        ("Clara Dorn-17", "Clara Dorn-18"),
        ("J. Doe", "K. Doe"),
        ("J. Doe", "Jane Roe"),
        ("J. D.", "Jane Doe"),
        ("J", "Jane"),
        ("Jane Jane", "Jane Doe"),
        ("李伟", "李強"),
    ],
)
def test_two_persons(one: str, other: str) -> None:
    assert not both_ways("name", one, other)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("Engineer", "ENGINEER", True),
        ("Engineer, Software", "Software Engineer", True),
        ("Sofware Engineer", "Software Engineer", True),
        ("Sales & Marketing Manager", "Sales and Marketing Manager", True),
        ("Directrice générale", "Directrice Generale", True),
        ("Engineer", "Chief Engineer", False),
        ("Vice President of Business Development", "President of Business Development", False),
        ("Deputy Chief Executive Officer", "Chief Executive Officer", False),
        ("Former Chief Executive Officer", "Chief Executive Officer", False),
        ("Product Manager", "Project Manager", False),
        ("Engineer II", "Engineer III", False),
        ("CEO", "CFO", False),
        ("Head of Sales", "Head of Sails", False),
        ("E", "Engineer", False),  # an initial is for names
    ],
)
def test_titles(one: str, other: str, expected: bool) -> None:
    assert both_ways("title", one, other) is expected


@pytest.mark.parametrize(
    ("field", "one", "other", "expected"),
    [
        ("location", "Berlin", "Berlin, Germany", True),
        ("location", "Malmö, Sweden", "MALMO SWEDEN", True),
        ("location", "Austin, Texas", "Houston, Texas", False),
        ("location", "Charlottesville, VA", "Charlottesville, NC", False),
        ("phone", "+1 (202) 555-0101", "+12025550101", True),
        ("phone", "+12025550101", "+12025550102", False),
        ("phone", "n/a", "call me", False),
        ("email", "Jane@Acme.test ", "jane@acme.test", True),
        ("email", "jane.doe@acme.test", "janedoe@acme.test", False),
        ("linkedin_url", "https://www.linkedin.com/in/jane-doe", "http://de.linkedin.com/in/Jane-Doe/?trk=x", True),
        ("linkedin_url", "https://www.linkedin.com/in/jane-doe", "linkedin.com/in/jane-doe", True),
        ("linkedin_url", "https://www.linkedin.com/in/jane-doe", "https://www.linkedin.com/in/jane-doe-2", False),
        ("linkedin_url", "https://www.linkedin.com/in/acme", "https://www.linkedin.com/company/acme", False),
        ("linkedin_url", "https://linkedin.com.elsewhere.test/in/jane", "https://www.linkedin.com/in/jane", False),
        ("company_domain", "ACME.test", "acme.test", True),
        ("company_domain", "acme.test", "acme.example", False),
        ("country", "us", "US", True),
        ("seniority", "Senior", "senior", True),
        ("given_name", "José", "Jose", True),
        ("given_name", "Jane", "Janet", False),
    ],
)
def test_other_fields(field: str, one: str, other: str, expected: bool) -> None:
    assert both_ways(field, one, other) is expected


def test_every_field_that_is_likened_is_one_of_ours() -> None:
    assert set(ENOUGH) <= set(FIELDS)


WORDS = st.lists(st.sampled_from(("j", "d", "jane", "john", "doe", "doé", "Roe", "GmbH", "&", "!")), max_size=4)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(FIELDS), WORDS.map(" ".join), WORDS.map(" ".join))
def test_both_ways_and_with_itself(field: str, one: str, other: str) -> None:
    assert both_ways(field, one, one)
    assert both_ways(field, one, one.upper())
    both_ways(field, one, other)
    assert bool(comparable(field, one)) == bool(one)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=12), st.sampled_from(FIELDS))
def test_any_text_is_compared(text: str, field: str) -> None:
    assert is_same(field, text, text)
    assert is_same(field, f" {text} ", text)
    assert comparable(field, text) == comparable(field, f" {text} ")


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(("jane", "mary", "doe", "berg", "m")), min_size=2, max_size=5, unique=True))
def test_the_order_of_words_never_counts(words: list[str]) -> None:
    for field in ENOUGH:
        assert all(is_same(field, " ".join(words), " ".join(p)) for p in itertools.permutations(words))


def test_a_hostile_text_takes_no_time() -> None:
    started = process_time()  # of this process alone: others run beside it
    assert not is_same("name", "doe x " + "j " * 95, "doe y " + "jane " * 95)
    assert process_time() - started < 2
