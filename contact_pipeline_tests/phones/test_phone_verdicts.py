"""Numbers against the numbering plans: the region is the row's country, else the source's default, never a guess."""

from contact_pipeline_tests.lab.lab import Lab, csv

JUDGED = ("phone", "phone_e164", "phone_country", "phone_type", "phone_status", "phone_sub_status")
EXAMPLE = "917-865-7631"  # the requirements' own


def test_the_source_default_region_makes_a_national_number_whole(lab: Lab) -> None:
    lab.drop("fair", csv("name,phone", f"Ada Example,{EXAMPLE}"))
    assert lab.contacts(*JUDGED) == [(EXAMPLE, "+19178657631", "US", "fixed_line_or_mobile", "valid", None)]
    assert lab.contacts("phone_verified_at") == [(lab.now,)]
    assert lab.rows("select phone, layer, provider, status, line_type from core.phone_validations") == [
        ("+19178657631", "format", "libphonenumber", "valid", "fixed_line_or_mobile")
    ]


def test_without_a_region_a_national_number_is_nobodys(lab: Lab) -> None:
    lab.drop("crm", csv("name,phone", f"Ada Example,{EXAMPLE}"))
    assert lab.contacts(*JUDGED, "phone_verified_at", "phone_key") == [
        (EXAMPLE, None, None, None, "unknown", "region_unknown", None, None)
    ]


def test_a_country_that_comes_later_makes_the_number_whole(lab: Lab) -> None:
    lab.drop("crm", csv("email,phone", f"ada@ok.test,{EXAMPLE}"))
    lab.drop("crm", csv("email,country", "ada@ok.test,United States"))
    assert lab.contacts("phone_e164", "phone_status") == [("+19178657631", "valid")]


def test_the_rows_country_comes_before_the_default(lab: Lab) -> None:
    lab.drop("fair", csv("name,phone,country", "Ada Example,020 7946 0958,GB"))
    assert lab.contacts("phone_e164", "phone_country") == [("+442079460958", "GB")]


def test_an_extension_is_kept_apart(lab: Lab) -> None:
    lab.drop("fair", csv("name,phone", f"Ada Example,{EXAMPLE} ext. 42"))
    assert lab.contacts("phone_e164", "phone_extension") == [("+19178657631", "42")]


def test_a_wrong_number_says_why_and_is_never_called(lab: Lab) -> None:
    lab.drop("fair", csv("name,phone", "Ada Example,+1 917 865"))
    assert lab.contacts("phone_status", "phone_sub_status", "can_call") == [("invalid", "too_short", False)]


def test_further_numbers_are_judged_too(lab: Lab) -> None:
    lab.drop("fair", csv("name,phone,mobile", f"Ada Example,{EXAMPLE},+49 1512 3456789"))
    assert lab.rows("select phone_e164, phone_type, status, phone_key is not null from core.contact_points") == [
        ("+4915123456789", "mobile", "valid", True)
    ]


def test_a_number_changed_by_hand_loses_its_verdict_and_permission_at_once(lab: Lab) -> None:
    key = lab.drop("fair", csv("email,phone", f"ada@ok.test,{EXAMPLE}"))
    assert lab.may("ada@ok.test") == (True, True)
    lab.do("update core.contacts set phone = '+49 1512 3456789'")
    assert lab.contacts(*JUDGED[1:], "phone_key", "can_call") == [
        (None, None, None, "unknown", "not_checked", None, False)
    ]
    lab.run(key)
    assert lab.contacts("phone_e164", "can_call") == [("+4915123456789", True)]


def test_a_country_that_nobody_can_read_is_no_default_region(lab: Lab) -> None:
    lab.drop("fair", csv("name,phone,country", f"Ada Example,{EXAMPLE},Atlantis"))
    lab.drop("fair", csv("name,phone,country", f"Bob Example,{EXAMPLE},", "Cy Example,+49 1512 3456789,Atlantis"))
    assert lab.contacts("name", "phone_e164", "phone_sub_status", "can_call")[:1] == [
        ("Ada Example", None, "region_unknown", False)
    ]
    assert sorted(lab.contacts("name", "phone_e164"))[1:] == [
        ("Bob Example", "+19178657631"), ("Cy Example", "+4915123456789"),
    ]  # fmt: skip


def test_an_unreadable_country_survives_a_second_list_until_one_can_be_read(lab: Lab) -> None:
    lab.drop("fair", csv("email,phone,country", f"ada@ok.test,{EXAMPLE},Atlantis"))
    lab.drop("fair", csv("email,phone", f"ada@ok.test,{EXAMPLE}"))
    assert lab.contacts("phone_e164", "phone_sub_status") == [(None, "region_unknown")]
    lab.drop("fair", csv("email,country", "ada@ok.test,Canada"))
    assert lab.contacts("phone_e164", "phone_status") == [("+19178657631", "valid")]


def test_digits_that_may_have_lost_their_plus_are_nobodys_to_call(lab: Lab) -> None:
    lab.drop("fair", csv("name,phone,country", "Ada Example,4312345678,DE", "Bob Example,447911123456,IE"))
    assert sorted(lab.contacts("name", "phone_e164", "phone_sub_status", "can_call")) == [
        ("Ada Example", None, "ambiguous_region", False), ("Bob Example", "+447911123456", None, True),
    ]  # fmt: skip


def test_a_calling_code_belongs_to_its_number(lab: Lab) -> None:
    lab.drop("fair", csv("name,country code,phone", "Ada Example,+49,0171 3920015", "Bob Example,44,20 7183 8750"))
    assert sorted(lab.contacts("name", "phone_e164")) == [
        ("Ada Example", "+491713920015"), ("Bob Example", "+442071838750"),
    ]  # fmt: skip
