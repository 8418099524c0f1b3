"""What the vendors' own files declare, and what the environment, the policy and the documents may say of it."""

import re
from pathlib import Path

import pytest

from contact_pipeline.core.errors import ConfigurationError
from contact_pipeline.core.providers import Layer
from contact_pipeline.policy.file import Policy, load_policy
from contact_pipeline.settings import load_settings
from contact_pipeline.vendors import registry
from contact_pipeline_tests.docs.test_readme import table
from contact_pipeline_tests.vendors.asking import EVERY_OFFER

ROOT = Path(__file__).resolve().parents[2]
VENDORS = sorted(registry.vendors())


def refused(text: str, folder: Path) -> str:
    """What is said of a policy."""
    file = folder / "policy.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as failure:
        load_policy(file, registry.provider_names())
    return str(failure.value)


@pytest.mark.parametrize("name", VENDORS)
def test_a_vendor_is_named_like_its_file_and_its_variables(name: str) -> None:
    vendor = registry.vendors()[name]
    assert vendor.name == name == name.lower()
    assert all(variable.startswith(f"{name.upper()}_") for variable in vendor.variables.values())
    assert {"key", "base_url"} <= vendor.variables.keys() >= set(vendor.needs)
    assert ("api_style" in vendor.variables) == bool(vendor.api_styles)
    assert vendor.offers


def test_the_names_of_variables_do_not_drift() -> None:
    usual = {"key": "API_KEY", "base_url": "BASE_URL"}
    others = {
        "zerobounce": {"bulk_base_url": "BULK_BASE_URL"}, "briteverify": {"bulk_base_url": "BULK_BASE_URL"},
        "emailage": {"secret": "API_SECRET"}, "numverify": {"api_style": "API_STYLE"},
        "twilio": {"key": "ACCOUNT_SID", "secret": "AUTH_TOKEN"},
    }  # fmt: skip
    for name, vendor in registry.vendors().items():
        expected = {part: f"{name.upper()}_{end}" for part, end in (usual | others.get(name, {})).items()}
        assert vendor.variables == expected


def test_no_secret_is_shown() -> None:
    settings = load_settings({"EMAILAGE_API_KEY": "hidden-1", "EMAILAGE_API_SECRET": "hidden-2"})
    access = registry.vendors()["emailage"].access(settings)
    assert (access.key, access.secret) == ("hidden-1", "hidden-2")
    assert "hidden" not in repr(access) + repr(settings)


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({"NUMVERIFY_API_STYLE": "modern"}, "NUMVERIFY_API_STYLE is not legacy or marketplace"),
        (
            {"REACHER_BASE_URL": "http://reacher.example:8080"},
            "REACHER_BASE_URL must begin with https://: keys and personal data would travel in the clear. http:// is"
            " for this machine only (localhost, 127.0.0.1, [::1]); before a service elsewhere put a proxy with TLS, or"
            " an SSH tunnel.",
        ),
    ],
)
def test_a_wrong_variable_is_said_whoever_is_asked(environment: dict[str, str], says: str) -> None:
    with pytest.raises(ConfigurationError) as failure:
        registry.check_access(load_settings(environment))
    assert str(failure.value) == says


def test_variables_of_other_programs_are_none_of_ours() -> None:
    registry.check_access(load_settings({"OPENAI_BASE_URL": "http://elsewhere.example/v1", "OTHER_API_STYLE": "x"}))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            '[email]\nmailbox_providers = ["nobody"]',
            "email.mailbox_providers.0: Input should be 'briteverify', 'emaillistverify', 'hunter', 'neverbounce',"
            " 'reacher', 'zerobounce' or 'smtp'",
        ),
        ('[email]\nmailbox_providers = ["twilio"]', "email.mailbox_providers.0: Input should be"),
        ("[email]\nmailbox_providers = [1]", "email.mailbox_providers.0: Input should be 'briteverify'"),
        (
            '[email]\nactivity_providers = ["zerobounce", "hunter"]',
            "email.activity_providers.1: Input should be 'emailage' or 'zerobounce'",
        ),
        ('[phone]\nlookup_providers = ["smtp"]', "phone.lookup_providers.0: Input should be 'numverify' or 'twilio'"),
        (
            '[enrichment]\nproviders = ["phantombuster"]',
            "enrichment.providers.0: Input should be 'clearbit', 'fullcontact' or 'hunter'",
        ),
        ("[enrichment.trust]\ntwilio = 0.5", "enrichment.trust.twilio.[key]: Input should be 'clearbit'"),
        ("[budgets.nobody]\nmonthly = 1", "budgets.nobody.[key]: Input should be 'briteverify'"),
    ],
)
def test_a_name_that_no_vendor_has_is_refused_with_its_place(text: str, says: str, tmp_path: Path) -> None:
    said = refused(text, tmp_path)
    assert said.startswith("policy.toml is refused: ")
    assert says in said


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    said = refused('surprise = 1\n[phone]\nlookup_providers = ["nobody"]', tmp_path)
    assert "surprise: " in said and "phone.lookup_providers.0: " in said


def test_whom_the_policy_names_unasked_there_is() -> None:
    """The order in which somebody is asked by default, and whom we believe how much, is the policy's own opinion."""
    Policy.model_validate(Policy().model_dump(), context=registry.provider_names())


def test_who_is_not_spoken_of_is_believed_as_little_as_an_unknown_source() -> None:
    policy = Policy().enrichment
    assert (policy.trust_in("hunter"), policy.trust_in("somebody")) == (0.8, 0.5)


@pytest.mark.parametrize(("layer", "name"), EVERY_OFFER)
def test_the_policy_may_price_it(layer: Layer, name: str) -> None:
    documented = registry.price(Policy(), layer, name)
    stated = Policy.model_validate({"budgets": {name: {"price": 0.123}}}, context=registry.provider_names())
    assert registry.price(stated, layer, name) == 0.123
    assert (documented == 0) == (name == "reacher")


def test_what_is_booked_besides_has_its_price() -> None:
    booked = Policy.model_validate({"phone": {"line_status": True}})
    assert registry.price(Policy(), Layer.CARRIER, "twilio") == 0.008
    assert registry.price(booked, Layer.CARRIER, "twilio") == 0.015
    assert registry.price(booked, Layer.MAILBOX, registry.PROBE) == 0


def said_of(document: str, layers: set[Layer]) -> None:
    """The document's table against the declarations."""
    rows = {row[0].strip("`"): row for row in table(ROOT / "docs" / document, "provider")}
    rows.pop(registry.PROBE, None)
    assert set(rows) == {name for name, vendor in registry.vendors().items() if vendor.offers.keys() & layers}
    for name, row in rows.items():
        vendor = registry.vendors()[name]
        needed = {vendor.variables[part] for part in vendor.needs}
        assert needed <= set(re.findall(r"`([A-Z_]+)`", row[2])) <= set(vendor.variables.values()), name
        prices = {offer.price_under(Policy()) * 1000 for layer, offer in vendor.offers.items() if layer in layers}
        said = re.search(r"\$(\d+(?:\.\d+)?)", row[-1])
        assert prices == {float(said[1]) if said else 0.0}, name


def test_the_tables_of_the_documents_are_the_vendors_own_words() -> None:
    said_of("providers.md", {Layer.MAILBOX, Layer.ACTIVITY, Layer.CARRIER})
    said_of("enrichment.md", {Layer.PERSON, Layer.COMPANY, Layer.ADDRESS, Layer.IDENTITY})


def test_who_gets_what_is_asked_about_is_said_in_words() -> None:
    settings = load_settings({"REACHER_BASE_URL": "https://reacher.example", "ZEROBOUNCE_API_KEY": "lab-key"})
    policy = Policy.model_validate(
        {"smtp_probe": {"enabled": True, "helo_name": "a.example", "mail_from": "v@a.example"}}
    )
    names = registry.configured(settings, policy, Layer.MAILBOX)
    assert registry.recipients({Layer.MAILBOX: names})[Layer.MAILBOX] == [
        "reacher (the controller's own server)", "smtp (the mail server of the address)", "zerobounce",
    ]  # fmt: skip
