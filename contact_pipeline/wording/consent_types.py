"""Which channel a consent is for, by the word that stands under consent_type.

This word frees, so no guess is made: it counts when the whole cell is made of words of a channel and of the few that
surround them (marketing, opt-in, und). A doubt, a purpose without a channel, a negation: unknown, and grants nothing.
"""

import re
from functools import lru_cache

from contact_pipeline.wording.stems import plain

KNOWN = ("email", "phone", "any")  # those of core.consent_records that grant something; sms is known and grants nothing
LONGEST = 100  # a word can be taken apart in several ways; a type is a few words, a text is none

# Two words that are one, put as one; `correo` and `posta` alone may be letters.
_E_MAIL = re.compile(r"(?<= )e (?=mail|post)")
_ELECTRONIC = re.compile(
    r"(?<= )(?:correos? electronicos?|correios? elec?tronicos?|posta elettronica|courriers? electroniques?"
    r"|poczt[aey] elektroniczn[a-z]+|elektronick[a-z]+ post[a-z]+|elektronis[a-z]+ post[a-z]*"
    r"|электронн[а-я]+ почт[а-я]+)(?= )"  # letters of the language only: a 拒否 behind is no ending
)

_EMAIL = """email emailing epost sahkopost mejl mejlow courriel имеил емеил
    電子メール eメール メール 电子邮件 電子郵件 邮件 郵件 电邮 電郵"""
# E-mail where no other channel is named beside it: there are newsletters by SMS and by post.
_NEWSLETTER = """newsletter nieuwsbrief nieuwsbrieven nyhetsbrev nyhedsbrev infolettre boletin boletines メルマガ
    メールマガジン ニュースレター 电子报 電子報"""
_PHONE = """phone telephone telefon telefono telefone telefoon telephonique telefonisch telefonic telefonich
    telefoniczn telefonick hovor call calling phonecall telemarketing telefonat anruf appel llamada chiamat ligacao
    ligacoes opkald oppring samtal puhelu puhelin 電話 架電 电话 電話 通话 通話 телефон телефонн звонок звонк"""
_SMS = "sms mms смс 短信 簡訊 ショートメッセージ"
# Neither ours; `mail` alone may be a letter.
_OTHER = "post postal mail letter brief fax whatsapp courrier lettre 郵便 郵送 邮寄"
_AROUND = """marketing advertising werbung publicit publicidad publicidade pubblicita reclame reklam promo promotion
    promotional consent einwilligung zustimmung consentement consentimiento consentimento consenso toestemming zgod
    samtyck samtykk souhlas permission optin double single subscription communication kommunikation comunicacion
    comunicacao comunicacoes comunicazion communicatie komunikac komunikacj message nachricht messagg mensaje mensagen
    contact kontakt commercial comercial comerciale campaign kampagn rozmow mobil anmeldung versand marknadsforing
    markedsforing マーケティング 配信 同意 連絡 受信 营销 營銷 通知 согласи рассылк маркетинг рекламн"""
_BETWEEN = re.compile(
    "and|und|et|y|e|i|og|och|en|a|via|per|by|for|to|of|from|de|del|di|da|do|du|d|l|la|le|les|par|por|uber|through|in|na"
    "|only|nur|solo|alleen|tylko|endast|kun|opt|doi|soi|news|на|по|и|と|和|及"
)
# Of a case or a number; never so much that a no could hide in it.
_ENDING = r"(?:[aeionsuym]|[ae][ns]|e[rm]|ns|os|ow(?:[aey]|ych|ej)?|ov[aey]|ach|ami|ie|ich|[\u0430-\u044f]{1,3})?"


def _stems(text: str) -> str:
    return "|".join(sorted({re.escape(plain(word).strip()) for word in text.split()}, key=len, reverse=True))


# A word, or several run together as Germans and Japanese do, each with its ending.
_WHOLE = re.compile(rf"(?:(?:{_stems(' '.join((_EMAIL, _NEWSLETTER, _PHONE, _SMS, _OTHER, _AROUND)))}){_ENDING})+")
_MEANT = {
    name: re.compile(_stems(text) if name != "other" else rf"(?<= )(?:{_stems(text)})")  # a newsletter is no letter
    for name, text in (
        ("email", _EMAIL), ("newsletter", _NEWSLETTER), ("phone", _PHONE), ("sms", _SMS), ("other", _OTHER),
    )
}  # fmt: skip


@lru_cache(maxsize=4096)
def consent_channel(text: str) -> str | None:
    """email, phone, any (both are named) or sms; None: nobody knows what the consent is for."""
    if (exact := text.strip().casefold()) in KNOWN:
        return exact
    said = _ELECTRONIC.sub("email", _E_MAIL.sub("e", plain(text)))
    if "?" in text or len(text) > LONGEST:
        return None
    if not all(_BETWEEN.fullmatch(word) or _WHOLE.fullmatch(word) for word in said.split()):
        return None
    named = {name for name, pattern in _MEANT.items() if pattern.search(said)}
    if "newsletter" in named and not named & {"phone", "sms", "other"}:
        named.add("email")
    ours = named & {"email", "phone"}
    if len(ours) == 2:
        return "any"
    return ours.pop() if ours else "sms" if named == {"sms"} else None
