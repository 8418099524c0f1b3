"""Words of permission that no table of the product and no generator was made from: headers, statuses, days and names of
files, as people might have written them."""

import pytest

from contact_pipeline_tests.reading.rows import read

# (header, a cell that closes, a cell that does not)
Header = tuple[str, str, str]
OF_EMAIL: list[Header] = [
    ("Do not disturb", "Y", "N"), ("Marketing opt-out", "1", "0"), ("Blocked from emails", "true", "false"),
    ("No emails please", "x", ""), ("Suppressed", "Yes", "No"), ("Unsub", "TRUE", "FALSE"),
    ("Has unsubscribed from list", "yes", "no"), ("GDPR erasure / do not contact", "Yes", "No"),
    ("Email bounced (hard)", "Yes", "No"), ("Spam complaint", "yes", ""),
    ("Widerspruch gegen Werbung", "ja", "nein"), ("Werbewiderspruch", "x", ""), ("Kontaktverbot", "ja", ""),
    ("Mailsperre", "J", "N"), ("Keine E-Mails", "wahr", "falsch"), ("Newsletter abbestellt", "ja", "nein"),
    ("Robinsonliste", "ja", "nein"), ("DSGVO-Sperre", "ja", "nein"), ("Ne pas contacter", "oui", "non"),
    ("Refus de prospection", "oui", "non"), ("Désinscription newsletter", "oui", "non"),
    ("Liste rouge", "oui", "non"), ("Opposition", "oui", "non"), ("No contactar", "sí", "no"),
    ("Baja de boletín", "si", ""), ("Ha cancelado la suscripción", "sí", "no"), ("Lista negra", "sí", "no"),
    ("Não contatar", "sim", "não"), ("Descadastrado", "sim", "não"), ("Cancelou inscrição", "sim", "não"),
    ("Non contattare", "sì", "no"), ("Disiscritto", "sì", "no"), ("Revoca consenso", "sì", "no"),
    ("Niet mailen", "ja", "nee"), ("Afgemeld voor nieuwsbrief", "ja", "nee"), ("Bezwaar tegen reclame", "ja", "nee"),
    ("Nie kontaktować się", "tak", "nie"), ("Wypisany z newslettera", "tak", "nie"),
    ("Sprzeciw marketingowy", "tak", "nie"), ("Kontakta inte", "ja", "nej"), ("Avregistrerad", "ja", "nej"),
    ("Reklamspärr", "ja", "nej"), ("Kontakt ikke", "ja", "nej"), ("Frameldt nyhedsbrev", "ja", "nej"),
    ("Reserveret mod reklame", "ja", "nej"), ("Reservert mot markedsføring", "ja", "nei"), ("Avmeldt", "ja", "nei"),
    ("Nekontaktovat", "ano", "ne"), ("Odhlášen z odběru", "ano", "ne"), ("Námitka proti marketingu", "ano", "ne"),
    ("配信停止フラグ", "1", "0"), ("メール送信不可", "○", ""), ("連絡拒否", "はい", "いいえ"),
    ("退会済み", "1", "0"), ("已退订", "是", "否"), ("拒绝营销邮件", "是", "否"), ("黑名单", "是", "否"),
    ("不要联系", "1", "0"), ("Отписан от рассылки", "да", "нет"), ("Не беспокоить", "да", "нет"),
    ("Отказ от рекламы", "да", "нет"), ("Чёрный список", "да", "нет"), ("Email permission", "no", "yes"),
    ("Accepts marketing", "no", "yes"), ("Einwilligung Newsletter", "nein", "ja"), ("Werbung erlaubt", "nein", "ja"),
    ("Opt-In Status", "No", "Yes"), ("E-Mail-Marketing erlaubt", "FALSCH", "WAHR"),
    ("Accepte les offres", "non", "oui"), ("Consentement e-mailing", "non", "oui"),
    ("Abonné newsletter", "non", "oui"), ("Acepta publicidad", "no", "sí"), ("Suscrito al boletín", "no", "sí"),
    ("Aceita receber e-mails", "não", "sim"), ("Assinante da newsletter", "não", "sim"),
    ("Consenso marketing", "no", "sì"), ("Iscritto alla newsletter", "no", "sì"),
    ("Toestemming marketing", "nee", "ja"), ("Nieuwsbrief", "nee", "ja"), ("Zgoda na marketing", "nie", "tak"),
    ("Subskrybent", "nie", "tak"), ("Samtycke till utskick", "nej", "ja"), ("Nyhetsbrev", "nej", "ja"),
    ("Samtykke til markedsføring", "nej", "ja"), ("Tilmeldt nyhedsbrev", "nej", "ja"),
    ("Souhlas se zasíláním", "ne", "ano"), ("Odběr novinek", "ne", "ano"), ("メルマガ購読", "いいえ", "はい"),
    ("DM可", "否", "可"), ("同意接收营销", "否", "是"), ("Согласие на рассылку", "нет", "да"),
    ("Подписан", "нет", "да"), ("mailing_ok", "0", "1"), ("Mailable", "n", "y"), ("subscribed", "f", "t"),
]  # fmt: skip
OF_CALLS: list[Header] = [
    ("Do not ring", "yes", "no"), ("Nicht anrufen", "ja", "nein"), ("Ne pas appeler", "oui", "non"),
    ("No llamar", "sí", "no"), ("Não ligar", "sim", "não"), ("Non chiamare", "sì", "no"),
    ("Niet bellen", "ja", "nee"), ("Nie dzwonić", "tak", "nie"), ("Ring inte", "ja", "nej"),
    ("Ring ikke", "ja", "nei"), ("Nevolat", "ano", "ne"), ("電話不可", "1", "0"), ("请勿致电", "是", "否"),
    ("Не звонить", "да", "нет"), ("TPS registered", "Y", "N"), ("Bloctel", "oui", "non"),
]  # fmt: skip
GONE = [
    "Unsubscribed", "Opted Out", "Removed", "Do not mail", "Cleaned", "Suppressed - Complaint",
    "Abgemeldet am 03.04.2024", "Abmeldung (12.3.2024)", "ausgetragen", "Abgemeldet!", "gesperrt", "nicht bestätigt",
    "Désabonné(e)", "désinscrit le 12/03/2024", "bloqué", "en attente", "De baja", "baja voluntaria", "Cancelado",
    "rebotado", "bloqueado", "Descadastrado", "inativo", "Disiscritto il 12/03", "cancellato", "bloccato",
    "Uitgeschreven", "afgemeld", "geblokkeerd", "wypisany", "zrezygnował", "zablokowany", "avregistrerad", "spärrad",
    "frameldt", "afmeldt", "avmeldt", "reservert", "odhlášen", "zablokován", "解除済み", "配信停止", "退会",
    "已退订", "黑名单", "拒收", "отписан", "отписался", "заблокирован", "Bounced - invalid", "unreachable",
    "unerreichbar", "Lost interest", "ex-customer asked to stop",
]  # fmt: skip
THERE = [
    "Active", "Subscribed", "Aktiv", "Abonniert", "bestätigt", "Abonné", "actif", "Activo", "suscrito", "Ativo",
    "inscrito", "attivo", "iscritto", "actief", "geabonneerd", "aktywny", "zapisany", "aktiv", "prenumererar",
    "tilmeldt", "påmeldt", "aktivní", "přihlášen", "購読中", "有効", "已订阅", "活跃", "подписан", "активен",
    "Confirmed", "Customer", "enabled",
]  # fmt: skip
FILES_OF_OPT_OUTS = [
    "unsubscribes 2024.csv", "opt-outs.csv", "suppression-list.csv", "do_not_contact.csv", "dnc.csv",
    "hard_bounces.csv", "Abmeldungen_2024.csv", "Sperrliste.csv", "Blacklist Kunden.csv", "desabonnes.csv",
    "désinscriptions.csv", "liste_noire.csv", "bajas.csv", "lista_negra.csv", "descadastrados.csv",
    "disiscritti.csv", "lista nera.csv", "afmeldingen.csv", "uitgeschreven.csv", "wypisani.csv", "czarna_lista.csv",
    "avregistrerade.csv", "spärrlista.csv", "afmeldte.csv", "avmeldte.csv", "odhlaseni.csv", "cerna_listina.csv",
    "配信停止リスト.csv", "退订名单.csv", "黑名单.csv", "отписавшиеся.csv", "черный_список.csv",
    "spam_complaints.csv", "removed contacts.csv",
]  # fmt: skip
FILES_OF_PEOPLE = [
    "newsletter_subscribers.csv", "contacts without bounces.csv", "ohne_abmeldungen.csv", "active.csv", "kunden.csv",
    "sans_desabonnes.csv", "robinson customers.csv", "export_2024.csv", "no_unsubscribes.csv",
]  # fmt: skip
# The first cell is a day on which somebody left; the others say that it did not happen.
DAYS: list[tuple[str, tuple[str, ...]]] = [
    ("Unsubscribed at", ("2024-03-12", "never", "", "1970-01-01")),
    ("Abmeldedatum", ("12.03.2024", "nie", "", "00.00.0000")),
    ("Date de désinscription", ("12/03/2024", "jamais", "", "0000-00-00")),
    ("Fecha de baja", ("12/03/2024", "nunca", "", "0")),
    ("Data cancellazione iscrizione", ("12/03/2024", "mai", "", "-")),
    ("Uitschrijfdatum", ("12-03-2024", "nooit", "", "n/a")), ("Data wypisania", ("12.03.2024", "nigdy", "", "brak")),
    ("Avregistrerad den", ("2024-03-12", "aldrig", "", "-")), ("Afmeldt dato", ("12.03.2024", "aldrig", "", "")),
    ("Datum odhlášení", ("12.3.2024", "nikdy", "", "")), ("配信停止日", ("2024/03/12", "なし", "", "未")),
    ("退订日期", ("2024-03-12", "无", "", "")), ("Дата отписки", ("12.03.2024", "никогда", "", "")),
]  # fmt: skip


def closed(text: str, channel: str = "email", file: str = "list.csv") -> list[bool]:
    drop, rows = read(text, file)
    assert not drop.faults()
    return [any(r.startswith(f"{channel}:") for r in row.get("restrictions", ())) for row in rows]


@pytest.mark.parametrize(("header", "closing", "open_"), OF_EMAIL)
def test_columns_of_e_mail(header: str, closing: str, open_: str) -> None:
    text = f"Name,Email,Phone,{header}\nAda B,a@korb.example,,{closing}\nBo C,b@korb.example,,{open_}\n"
    assert closed(text) == [True, False]


@pytest.mark.parametrize(("header", "closing", "open_"), OF_CALLS)
def test_columns_of_calls(header: str, closing: str, open_: str) -> None:
    text = f"Name,Phone,{header}\nAda B,+49 30 23125001,{closing}\nBo C,+49 30 23125002,{open_}\n"
    assert closed(text, "phone") == [True, False]


@pytest.mark.parametrize("word", GONE)
def test_words_of_leaving(word: str) -> None:
    assert closed(f"Name,Email,Status\nAda B,a@korb.example,{word}\nBo C,b@korb.example,Active\n") == [True, False]


@pytest.mark.parametrize("word", THERE)
def test_words_of_being_there(word: str) -> None:
    text = f"Name,Email,Status\nAda B,a@korb.example,{word}\nBo C,b@korb.example,Unsubscribed\n"
    assert closed(text) == [False, True]


@pytest.mark.parametrize("file", FILES_OF_OPT_OUTS)
def test_files_of_opt_outs(file: str) -> None:
    assert closed("Email\na@korb.example\nb@korb.example\n", file=file) == [True, True]


@pytest.mark.parametrize("file", FILES_OF_PEOPLE)
def test_files_of_people(file: str) -> None:
    text = "Name,Company,Title,Email\nAda,Korb,Boss,a@korb.example\nBo,Korb,Boss,b@korb.example\n"
    assert closed(text, file=file) == [False, False]


@pytest.mark.parametrize(("header", "cells"), DAYS)
def test_days_of_leaving(header: str, cells: tuple[str, ...]) -> None:
    rows = "".join(f"P{n} Q,p{n}@korb.example,{cell}\n" for n, cell in enumerate(cells))
    assert closed(f"Name,Email,{header}\n{rows}") == [True, False, False, False]
