"""The word under consent_type frees a channel: only where nothing else can be meant."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contact_pipeline.wording.consent_types import consent_channel
from contact_pipeline_tests.reading.rows import read

# As forms and tools of many languages write them.
OF_EMAIL = [
    "Email", "E-MAIL", "e-mails", "EmailMarketing", "E-Mail-Marketing", "Marketing via e-mail", "Newsletter",
    "newsletters", "E-Mail-Newsletter", "Werbung per E-Mail", "Einwilligung E-Mail-Werbung",
    "Newsletter-Anmeldung", "marketing par courriel", "publicité par e-mail", "infolettre",
    "correo electrónico", "publicidad por correo electrónico", "marketing por e-mail", "correio eletrónico",
    "posta elettronica", "comunicazioni commerciali via email", "nieuwsbrief", "e-mailmarketing",
    "marketing e-mailowy", "zgoda na e-mail", "e-post", "nyhetsbrev", "e-postmarknadsföring", "nyhedsbrev",
    "e-mailový marketing", "メール", "メールマガジン配信", "电子邮件", "邮件营销", "электронная почта",
    "email-рассылка", "Email and SMS", "E-Mail, Post",
]  # fmt: skip
OF_PHONE = [
    "Phone", "telephone", "phone calls", "PhoneCall", "Telefon", "Telefonwerbung", "Anrufe",
    "telefonische Werbung", "téléphone", "appels téléphoniques", "llamadas telefónicas", "teléfono", "telefone",
    "chiamate telefoniche", "telefoon", "telefonische marketing", "rozmowy telefoniczne", "telefonsamtal",
    "telefonopkald", "telefonhovor", "電話", "电话营销", "телефон", "телефонные звонки",
]  # fmt: skip
OF_BOTH = [
    "Email and phone", "E-Mail / Telefon", "e-mail, téléphone", "email & phone calls & post",
    "correo electrónico y teléfono",
]  # fmt: skip
UNKNOWN = [
    "marketing", "raffle", "web form", "all", "yes", "2024-05-02", "mail", "Mail", "correo", "mailing", "post",
    "fax", "WhatsApp", "SMS newsletter", "Newsletter per Post", "transactional email", "service emails",
    "email address", "phone number", "email or phone", "email?", "email until 2020", "email scraped",
    "purchased email", "emailban", "emailnein", "telefonverbot", "callback", "cookie", "terms",
    "privacy policy", "partner emails", "E-Mails Dritter",
]  # fmt: skip
AGAINST = [
    "no {}", "not {}", "never {}", "{}: no", "{} declined", "{} revoked", "{} unsubscribed", "opt-out {}",
    "{} opt out", "kein {}", "ohne {}", "{} widerrufen", "{} abgemeldet", "{}-Sperre", "pas de {}", "sans {}",
    "sin {}", "no quiere {}", "sem {}", "senza {}", "geen {}", "zonder {}", "bez {}", "inte {}", "ikke {}",
    "uden {}", "{} 不要", "不要{}", "{}拒否", "{}拒收", "не {}", "без {}", "{} bounced", "{} (blocked)",
    "do not {}", "{} blacklist", "{} without consent",
]  # fmt: skip


@pytest.mark.parametrize(("channel", "types"), [("email", OF_EMAIL), ("phone", OF_PHONE), ("any", OF_BOTH)])
def test_clear_words_name_their_channel(channel: str, types: list[str]) -> None:
    assert {said: consent_channel(said) for said in types} == dict.fromkeys(types, channel)


@pytest.mark.parametrize("exact", ["email", "phone", "any", "EMAIL ", "Any"])
def test_our_own_words_stay(exact: str) -> None:
    assert consent_channel(exact) == exact.strip().lower()


@pytest.mark.parametrize("said", ["SMS", "sms", "SMS-Marketing", "短信"])
def test_sms_is_neither_mail_nor_call(said: str) -> None:
    assert consent_channel(said) == "sms"


@pytest.mark.parametrize("said", UNKNOWN)
def test_all_else_is_unknown(said: str) -> None:
    assert consent_channel(said) is None


@given(said=st.sampled_from(OF_EMAIL + OF_PHONE), against=st.sampled_from(AGAINST))
def test_nothing_said_against_it_is_a_consent(said: str, against: str) -> None:
    assert consent_channel(against.format(said)) is None


@given(
    said=st.sampled_from(OF_EMAIL + OF_PHONE + OF_BOTH),
    more=st.text("bcdfghjklmnpqrstvwxz0123456789", min_size=4, max_size=12),
)
def test_no_word_beside_it_is_overlooked(said: str, more: str) -> None:
    """Whatever it means: it may be against it."""
    assert consent_channel(f"{said} {more}") is None
    assert consent_channel(f"{more} {said}") is None


@given(said=st.sampled_from(OF_EMAIL + OF_PHONE + OF_BOTH), how=st.sampled_from([str.upper, str.lower, str.title]))
def test_case_and_spaces_change_nothing(said: str, how: Any) -> None:
    assert consent_channel(f"  {how(said)} ") == consent_channel(said)


def test_a_long_text_is_no_type_and_costs_no_time() -> None:
    assert consent_channel("telefone" * 5_000 + "x") is None
    assert consent_channel("telefone" * 12 + "x") is None


def test_a_row_says_the_channel_and_keeps_the_words() -> None:
    rows = ["a@b.example,A,E-Mail-Werbung,2024-05-02", "c@d.example,C,raffle,2024-05-02"]
    clear, unknown = read("\n".join(["Email,Name,consent_type,consent_date", *rows]))[1]
    assert clear["claims"]["consent_type"] == "email"
    assert clear["extra"] == {"consent_type": "E-Mail-Werbung"}
    assert "repairs" not in clear
    assert unknown["claims"]["consent_type"] == "raffle"
    assert unknown["repairs"] == ["consent_type:unknown"]


def test_a_withdrawal_of_a_clear_type_closes_its_channel_and_of_an_unknown_one_both() -> None:
    text = "Email,Name,consent_type,withdrawn_date\na@b.example,A,Telefon,2024-05-02\nc@d.example,C,raffle,2024-05-02\n"
    phone, unknown = read(text)[1]
    assert phone["restrictions"] == ["phone:no_consent"]
    assert unknown["restrictions"] == ["email:no_consent", "phone:no_consent"]
