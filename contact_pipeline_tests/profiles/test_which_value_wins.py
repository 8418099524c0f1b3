"""Two sources claim a field: the more trusted wins, then the more recent; what loses is not forgotten."""

from decimal import Decimal

from contact_pipeline_tests.lab.lab import Lab, csv

HEADER = "email,name,company,title,phone,confidence"
FIELDS = ("name", "company", "title", "phone")
HISTORY = """
select field_name, old_value, new_value, data_source, confidence_score, enriched_by from core.enrichment_history
where enriched_by = 'contacts' order by id
"""
POINTS = "select kind, value, position from core.contact_points order by kind, value"
ONE, OTHER = "+44 20 7946 0958", "+44 20 7946 0123"


def test_trust_decides_before_recency(lab: Lab) -> None:
    lab.take("shop", csv(HEADER, f"ada@ok.test,Ada Example,Engines,Chair,{ONE},"))
    lab.take("fair", csv(HEADER, f"ada@ok.test,A. Example,Tools,Clerk,{OTHER},"))  # later, but less trusted
    assert lab.contacts(*FIELDS) == [("Ada Example", "Engines", "Chair", ONE)]
    assert lab.rows(HISTORY) == []  # nothing was applied
    assert lab.rows(POINTS) == [("phone", OTHER, 0)]  # the number that lost is a further one


def test_recency_decides_between_equals_and_what_gives_way_stays_known(lab: Lab) -> None:
    lab.take("crm", csv("Record ID," + HEADER, f"1,ada@ok.test,Ada Example,Engines,Chair,{ONE},"))
    lab.take("crm", csv("Record ID," + HEADER, f"1,ada@ok2.test,Ada Example,Tools,Chair,{OTHER},0.7"))
    assert lab.contacts("email", *FIELDS) == [("ada@ok2.test", "Ada Example", "Tools", "Chair", OTHER)]
    assert sorted(lab.rows(HISTORY)) == [
        ("company", "Engines", "Tools", "crm", Decimal("0.70"), "contacts"),
        ("email", "ada@ok.test", "ada@ok2.test", "crm", Decimal("0.70"), "contacts"),
        ("phone", ONE, OTHER, "crm", Decimal("0.70"), "contacts"),
    ]
    assert lab.rows(POINTS) == [("email", "ada@ok.test", 0), ("phone", ONE, 0)]


def test_the_date_a_row_claims_is_its_recency(lab: Lab) -> None:
    lab.take("crm", csv("email,company,source_date", "ada@ok.test,Engines,2026-06-01"))
    lab.take("crm", csv("email,company,source_date", "ada@ok.test,Tools,2024-06-01"))  # arrived later, was said earlier
    assert lab.contacts("company") == [("Engines",)]


def test_an_empty_cell_overwrites_nothing(lab: Lab) -> None:
    lab.take("fair", csv(HEADER, f"ada@ok.test,Ada Example,Engines,Chair,{ONE},"))
    lab.take("shop", csv(HEADER, "ada@ok.test,,N/A,,,"))
    assert lab.contacts(*FIELDS) == [("Ada Example", "Engines", "Chair", ONE)]
    assert lab.rows(HISTORY) == []


def test_the_first_value_has_no_history_and_a_later_fill_has(lab: Lab) -> None:
    lab.take("shop", csv(HEADER, "ada@ok.test,Ada Example,,,,"))
    assert lab.rows(HISTORY) == []
    assert lab.rows("select source, confidence from core.contact_sources") == [("shop", Decimal("0.90"))]
    lab.take("fair", csv(HEADER, "ada@ok.test,,Engines,,,"))  # less trusted, but nobody else says anything
    assert lab.rows(HISTORY) == [("company", None, "Engines", "fair", Decimal("0.40"), "contacts")]


def test_a_change_names_the_source_that_said_it_not_the_drop_that_brought_it_out(lab: Lab) -> None:
    lab.take("fair", csv(HEADER, "ada@ok.test,Ada Example,Engines,,,"))
    lab.take("shop", csv(HEADER, "ada@ok.test,Ada Example,Tools,,,"))
    lab.with_source("fair", trust=0.95)  # from now on the fair is believed
    lab.take("crm", csv(HEADER, "ada@ok.test,,,,,"))
    assert lab.contacts("company") == [("Engines",)]
    assert lab.rows(HISTORY)[-1][:5] == ("company", "Tools", "Engines", "fair", Decimal("0.40"))


def test_within_one_drop_the_later_row_speaks_last(lab: Lab) -> None:
    lab.take("crm", csv(HEADER, "ada@ok.test,Ada Example,Engines,,,0.3", "ada@ok.test,Ada Example,Tools,,,0.6"))
    assert lab.contacts("company") == [("Tools",)]
    assert lab.rows(HISTORY) == [("company", "Engines", "Tools", "crm", Decimal("0.60"), "contacts")]


def test_further_addresses_and_numbers_of_a_row_are_points_once(lab: Lab) -> None:
    text = csv("email,email 2,phone,mobile", f"ada@ok.test,ada@ok2.test,{ONE},{OTHER}")
    lab.take("crm", text)
    lab.take("crm", text + "\n")
    assert lab.rows(POINTS) == [("email", "ada@ok2.test", 1), ("phone", OTHER, 1)]


def test_a_derived_fact_fills_a_gap_and_says_so(lab: Lab) -> None:
    lab.drop("crm", csv(HEADER, "ada@ok.test,Ada Example,,,+1 917 865 7631,"))
    contact = lab.contact("ada@ok.test")
    assert (contact["given_name"], contact["family_name"]) == ("Ada", "Example")
    assert (contact["company_domain"], contact["country"]) == ("ok.test", "US")
    derived = lab.rows(
        "select field_name, old_value, new_value, data_source from core.enrichment_history"
        " where enriched_by = 'enriched_profiles' order by 1"
    )
    assert derived == [
        ("company_domain", None, "ok.test", "derived:email"),
        ("country", None, "US", "derived:phone"),
        ("family_name", None, "Example", "derived:name"),
        ("given_name", None, "Ada", "derived:name"),
    ]
