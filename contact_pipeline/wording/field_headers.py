"""Which field of a contact a header means that no table has word for word: its qualifiers and groups are taken off."""

import re
from functools import lru_cache

from contact_pipeline.wording import permission_words as permission
from contact_pipeline.wording.stems import Stems, plain
from contact_pipeline.wording.vocabulary import target_of

# Whose address or number it is, where, or which of several: it stays the person's.
_QUALIFIER = Stems("""
    primary$ main$ principal principale preferred$ default$ direct$ work$ working$ business$ office$ job$
    company_direct private$ personal$
    home$ other$ alternative alternate$ alt$ additional secondary second$ 2nd$ further$ current$ contact$ contacts$
    person$ people$
    customer$ client$ clients$ lead$ subscriber$ member$ user$ attendee$ guest$ registrant$ recipient$ buyer$ billing$
    shipping$ mailing$
    address_of the$ of$ your$ full$ complete$ new$ value$ text$ field$ info$ details$ data$ number_of_contact 1$ 2$ 3$
    4$ 5$ a$ b$
    geschaftl geschaeftl dienst beruf buro buero arbeit privat zuhause haupt haupt$ weitere andere zweite kunde kunden
    kontakt
    ansprechpartner person$ pro$ professionnel perso personnel domicile travail bureau autre secondaire principal
    client contact du$ de$ la$ le$
    l$ des$ trabajo laboral profesional particular casa oficina otro otra secundari contacto cliente del$ el$
    profissional pessoal
    trabalho residencial comercial outro contato contacto do$ da$ lavoro ufficio personale secondari principale altro
    contatto
    cliente di$ zakelijk werk prive thuis ander tweede hoofd klant contactpersoon van$ sluzbow prywat dom$ domow glown
    dodatkow klient
    kontaktow inny arbete jobb hem$ hem privat annan kund kontakt arbejde hjem kunde jobb hjemme arbeid prac pracovn
    soukrom domu domaci
    hlavni dalsi zakaznik kontaktni 自宅 勤務先 会社 個人 主 代表 その他 工作 个人 家庭 主要 备用 其他 рабоч личн
    домашн основн дополнит другой
    клиент контакт
""")
# What stands behind the word that matters: `emails.0.value`, `E-Mail 2: Adresse`.
_BEHIND = Stems(
    "value$ number$ nummer$ nr$ no$ num$ numero address$ adresse$ adress$ id$ text$ field$"
    " 0$ 1$ 2$ 3$ 4$ 5$ 6$ 7$ 8$ 9$"
)
_CALLING_CODE = Stems(
    "calling_code dial_code dialing_code dialling_code isd_code phone_country_code phone_code country_calling"
)
_NUMBERS = re.compile(r"(?<= )\d{1,2} ")
_ABOUT_COMPANY = Stems("""
    company organi[sz]ation organization organisation account$ employer business_name firma *firmen unternehmen
    *unternehmens arbeitgeber societe
    entreprise empresa compania azienda ditta societa bedrijf *bedrijfs organisatie przedsieb foretag *foretags bolag
    virksomhed bedrift
    spolecnost hq$ headquarter 会社 企業 公司 企业 компан организац
""")
_OTHER_PERSON = Stems("""
    assistant secretar emergency spouse wife husband parent mother father guardian child referrer referred manager_s
    supervisor reports_to
    created_by modified_by updated_by added_by assigned owner sales_rep invited_by notfall sekret ehepartner
    vorgesetzt betreuer bearbeiter
    assistente assistent conjoint urgence asistente emergencia conyuge emergenza noodcontact nodkontakt asystent
    prelozen 緊急 紧急 秘書 секретар экстренн
""")
# Who pays for a ticket or an order may be somebody else than who comes.
PAYER = Stems("""
    order payer paid_by buyer purchas billing$ bestell rechnung zahler kaufer kaeufer commande factur acheteur payeur
    pedido comprador pagador ordine acquirent fattur bestelling koper betaler zamowien kupuj platnik faktur betalare
    kopare bestallning ordre kober objednav platce kupuj 注文 請求 订单 訂單 购买 付款 заказ плательщик покупат
""")
_SOUND = Stems("phonetic furigana yomi kana romaji pinyin")
_NOT_A_NUMBER = Stems("""
    fax faxe telefax pager pagers telex switchboard extension ext$ type typ$ tipo label zentrale verif status valid
    country_code carrier provider
    opt consent ファックス 传真 傳真 факс standard_tel centralit centralin *durchwahlzusatz line_type timezone
""")
_NOT_AN_ADDRESS = Stems("""
    type$ typ$ tipo label domain domane provider client$ status state valid verif score confidence quality subject
    template format signature
    count last first_email sent open click reply replied bounce opt consent source date time format betreff vorlage
    anzahl objet asunto assunto oggetto
    onderwerp temat amne emne predmet 件名 主题 тема display_name anzeigename
""")
_STRONG_EMAIL = Stems(
    "*email e_mail *mailadresse *mailaddress correo courriel posta_elettron correio *epostadress *e_postadress "
    "メールアドレス 邮箱 邮件地址 "
    "電子郵件 электронн_почт 电子邮件"
)
_STRONG_PHONE = Stems(
    "*telefon *telephone phone *handynummer *mobilnummer telefono telefoon telefone cellular cellulare movil telemovel "
    "celular mobile_no "
    "mobile_num *rufnummer komork 電話 携帯 手机 手機 电话 телефон мобильн"
)
_PARTS = re.compile(r"\s*(?:\s[/|>–—-]\s|[/|>:.]|::|[()\[\]])\s*")
_OF_A_COMPANY = frozenset({"email", "phone", "city", "region", "country", "location", "linkedin_url", "calling_code"})
_PERSONAL_NAMES = frozenset({"given_name", "family_name", "second_family_name", "middle_name"})


@lru_cache(maxsize=4096)
def field_target(header: str) -> str | None:
    """A target of vocabulary.py by the header's core words, None when they are none we know."""
    said = plain(header)
    if _OTHER_PERSON(said) or _SOUND(said):
        return "extra"
    if _CALLING_CODE(said):
        return "calling_code"
    if (target := target_of(_core(header))) is not None:
        return _of(target, said, is_company=False)
    parts = [part for part in _PARTS.split(header) if part.strip()]
    while len(parts) > 1 and all(_BEHIND(f" {word} ") for word in plain(parts[-1]).split()):
        parts.pop()
    is_company = any(_ABOUT_COMPANY(plain(part)) for part in parts[:-1]) if len(parts) > 1 else _ABOUT_COMPANY(said)
    for part in reversed(parts):
        if (target := target_of(part) or target_of(_core(part))) is not None:
            return _of(target, said, is_company=is_company)
    if _STRONG_EMAIL(said):
        return "extra" if _NOT_AN_ADDRESS(said) or permission.THIRD_PARTY(said) else "email"
    if _STRONG_PHONE(said):
        return "extra" if _NOT_A_NUMBER(said) else "phone"
    return None


def _of(target: str, said: str, *, is_company: bool) -> str:
    if is_company and target == "name":
        return "company"
    if is_company and target in _OF_A_COMPANY:
        return "extra"
    if target == "phone" and _NOT_A_NUMBER(said):
        return "extra"
    return target


def _core(part: str) -> str:
    """Without qualifiers and numbers; the whole where nothing would be left."""
    said = plain(part)
    rest = _NUMBERS.sub("", said)
    while (shorter := _without_qualifiers(rest)) != rest:
        rest = shorter
    return rest.strip() or said.strip()


def _without_qualifiers(said: str) -> str:
    """Whole words go: a stem cuts none in two."""
    kept = [word for word in said.split() if not _QUALIFIER(f" {word} ")]
    if not kept:
        return said
    return " " + " ".join(kept) + " "
