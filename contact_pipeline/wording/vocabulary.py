"""Header words, in several languages, and what each means to us. Data first; matching ignores case, spaces,
punctuation, accents.

A target is one of our columns, or one of
  email · phone · sms_phone         every value is kept in order, the first is the primary one
  middle_name · city · region       parts that are joined into name and location
  confidence_percent                a confidence on a scale of 0-100
  claim:<name>                      a compliance column (claims.py)
  flag:<restrictions>               true (or unreadable) restricts
  moment:<restrictions>             any value restricts but never, no and the zero day: a date of opting out
  refusal:<restrictions>            false (or unreadable) restricts; true grants nothing
  status[:<channels>]               a word such as Unsubscribed restricts, and one that nobody knows
  bounce · bounce_type · soft_bounce   that a message came back, and whether for good
  calling_code                      of the numbers beside it
  optin_time · optin_ip · confirm_time · confirm_ip   consent evidence of an e-mail service
  extra                             known and deliberately not ours: kept under its header, not reported as unknown
"""

import re
import unicodedata
from functools import lru_cache

from contact_pipeline.wording.field_words import FIELD_WORDS, NOT_OURS_WORDS


@lru_cache(maxsize=4096)
def header_key(header: str) -> str:
    """`E-mail 1 - Value`, `e_mail 1 value` and `Email1Value` are one; so are `Société` and `SOCIETE`."""
    return "".join(c for c in unicodedata.normalize("NFKD", header.casefold()) if c.isalnum())


def _lines(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.replace("\n", ",").split(",") if part.strip())


CLAIM_DATES = ("consent_date", "consent_withdrawn_date", "source_date", "opt_out_date", "email_opt_out_date")
CLAIM_TEXTS = (
    "consent_source", "consent_type", "legitimate_interest_basis", "data_source", "processing_purpose",
    "email_opt_out_reason", "email_status_claim",
)  # fmt: skip
CLAIM_FLAGS = ("hard_bounce", "deletion_requested", "deletion_completed", "can_email", "can_call")
CLAIMS = (*CLAIM_DATES, *CLAIM_TEXTS, *CLAIM_FLAGS, "consent_ip", "retention_period", "suppression_list")

_WORDS: dict[str, str] = {
    "record_id": """record id, contact id, contactid, apollo contact id, zoominfo contact id, person - id, euid,
        hubspot contact id,
        salesforce contact id, lead id, person id, crm id, external id, customer id, member id, subscriber id""",
    "name": """name, full name, contact name, person name, person - name, display name, customer name, lead name,
        nombre completo,
        nom complet, vollständiger name, vor- und nachname, nome completo, nome e cognome, volledige naam, naam,
        imię i nazwisko, nom, nombre, nome""",
    "given_name": """first name, given name, firstname, forename, fname, person - first name, vorname, prénom,
        prenom, primer nombre,
        voornaam, förnamn, fornavn, etunimi, imię, jméno, christian name""",
    "middle_name": "middle name, additional name, second name, middle names, segundo nombre",
    "family_name": """last name, family name, surname, lastname, lname, person - last name, nachname, familienname,
        zuname, nom de famille,
        apellido, apellidos, cognome, sobrenome, apelido, achternaam, efternamn, etternavn, efternavn, sukunimi,
        nazwisko, příjmení""",
    "email": """email, e-mail, mail, email address, e-mail address, email addresses, emails, email id, work email,
        business email,
        personal email, home email, private email, other email, primary email, secondary email, tertiary email,
        alternate email,
        additional email, contact email, corporate email, email work, email home, email other, recipient,
        e-mail-adresse, mailadresse,
        mail adresse, email 2, correo, correo electrónico, dirección de correo electrónico, courriel, adresse mail,
        adresse email,
        adresse e-mail, adresse électronique, adresse de messagerie, indirizzo email, indirizzo e-mail,
        posta elettronica, endereço de email,
        endereço de e-mail, e-post, e-postadress, e-postadresse, sähköposti, adres e-mail, e-mailadres, email adresa""",
    "phone": """phone, phone number, phone numbers, phones, telephone, telephone number, tel, telefon, telefonnummer,
        teléfono, telefono,
        telefone, téléphone, numéro de téléphone, número de teléfono, telefoon, telefoonnummer, telefonnummer,
        puhelin, numer telefonu, telefonní číslo,
        mobile, mobile phone, mobile number, mobile phone number, cell, cell phone, cellphone, cell number, handy,
        handynummer, mobil,
        mobiltelefon, mobilnummer, portable, téléphone portable, móvil, teléfono móvil, celular, cellulare,
        telemóvel, work phone, business phone,
        home phone, direct phone, direct phone number, direct dial, work direct phone, other phone, primary phone,
        contact phone,
        contact number, personal phone, car phone, radio phone, phone no, phone no., tel no, tel. nr, tel.-nr.,
        whatsapp, whatsapp number,
        business phone 2, home phone 2, phone work, phone home, phone mobile, work mobile, phone_e164""",
    "company": """company, company name, organization, organisation, organization name, organisation name,
        account name, employer,
        current company, person - organization, organization 1 - name, firma, firmenname, unternehmen, société,
        societe, entreprise, raison sociale,
        empresa, compañía, azienda, società, ragione sociale, bedrijf, bedrijfsnaam, företag, yritys, nazwa firmy,
        companyname, org""",
    "title": """title, job title, jobtitle, position, role, person - title, organization title,
        organization 1 - title, current title,
        job position, berufsbezeichnung, stellenbezeichnung, jobtitel, funktion, poste, fonction, intitulé du poste,
        cargo, puesto, título del puesto,
        qualifica, ruolo, functie, functietitel, stanowisko, stilling, befattning""",
    "linkedin_url": """linkedin, linkedin url, linkedin profile, linkedin profile url, linkedin link,
        person linkedin url, linkedinurl,
        linkedin contact profile url, personal linkedin, person linkedin, contact linkedin, url, profile url,
        public profile url, website 1 - value, hs_linkedin_url""",
    "location": """location, person location, standort, ort und land, ubicación, localisation, localización, lieu,
        localização, luogo, locatie""",
    "city": """city, town, person city, business city, address 1 - city, mailing city, stadt, ort, wohnort, ville,
        ciudad, città, cidade, plaats, miasto, stad""",
    "region": """state, region, province, state/region, state/province, person state, business state,
        address 1 - region, mailing state,
        mailing state/province, bundesland, provincia, province/state, estado, région""",
    "country": """country, country/region, country code, person country, business country/region, business country,
        address 1 - country,
        mailing country, country iso, land, staat, pays, país, paese, nazione, kraj, país/región""",
    "confidence": "confidence, confidence score, email confidence, confidence level",
    "confidence_percent": "contact accuracy score, accuracy score, confidence percent",
    "sms_phone": "sms",
    "status": """marketing status, person - marketing status, subscription status, email subscription status,
        subscriber status, status,
        email marketing status, optin status, opt-in status, situação, situación, stav, statut, tillstand,
        статус, ステータス, 状態, 状况, 状況, 状态, 狀態, 登録状況, 登録状態, 登録ステータス,
        会員状況, 会員ステータス, 注册状态, 会员状态, 註冊狀態, 會員狀態""",
    "claim:consent_date": "consent_date, consent given at, consent_at, consent timestamp, opt in date, opt-in date",
    "claim:consent_withdrawn_date": """consent_withdrawn_date, withdrawn_date, consent_withdrawn_at, withdrawn_at,
        consent withdrawal date""",
    "claim:source_date": "source_date",
    "claim:opt_out_date": "opt_out_date, opted out at, optout_at, opted_out_date, unsubscribed all date",
    "claim:email_opt_out_date": "email_opt_out_date, email_opted_out_date, email_opt_out_at",
    "claim:email_opt_out_reason": "email_opt_out_reason",
    "claim:consent_source": "consent_source",
    "claim:consent_type": "consent_type",
    "claim:consent_ip": "consent_ip, consent ip address",
    "claim:legitimate_interest_basis": "legitimate_interest_basis, legitimate interest",
    "claim:data_source": "data_source",
    "claim:processing_purpose": "processing_purpose",
    "claim:retention_period": "retention_period",
    "claim:suppression_list": "suppression_list, suppressed",
    "claim:hard_bounce": "hard_bounce, hard bounced, is_hard_bounce",
    "claim:deletion_requested": "deletion_requested, erasure_requested, deletion request",
    "claim:deletion_completed": "deletion_completed, erasure_completed",
    "claim:can_email": "can_email",
    "claim:can_call": "can_call",
    "claim:email_status_claim": """email status, work email status, email verification status,
        email validation status, verification status""",
    "flag:email:opt_out": """email opt out, hasoptedoutofemail, opt out email, email opted out, opted out of email,
        do not email, donotemail,
        email optout, no email, opt-out of email""",
    "flag:phone:do_not_call": """do not call, donotcall, do not phone, dnc, is dnc, on dnc list, do-not-call,
        phone do not call, no phone, no calls""",
    "flag:phone:opt_out": "phone opt out, call opt out, phone opted out",
    "flag:sms:opt_out": "sms opt out, hasoptedoutofsms, text opt out, do not text, sms opted out, do not sms",
    "flag:email:opt_out,phone:opt_out": """opt out, opted out, optout, do not contact, donotcontact, global opt out,
        opt-out""",
    "flag:email:unsubscribed": """unsubscribed, is unsubscribed, unsubscribed from all email, email unsubscribed,
        unsubscribe, global unsubscribe,
        unsubscribed from emails, abgemeldet, désinscrit, désabonné, dado de baja""",
    "flag:email:blacklisted": """email_blacklisted, email blacklisted, email blocklisted, blacklisted, blocklisted,
        email blocked""",
    "flag:email:suppression_list": "suppress_email",
    "flag:phone:suppression_list": "suppress_phone",
    "flag:email:objection,phone:objection": "processing_restricted",
    "moment:email:opt_out": "email_closed_at",
    "moment:phone:opt_out": "phone_closed_at",
    "flag:sms:blacklisted": "sms_blacklisted, sms blacklisted, sms blocklisted",
    "flag:email:hard_bounce": "email hard bounced, hard bounce reason, email hard bounce reason",
    "bounce": """email bounced, bounced, is bounced, bounced at, bounce date, bounced on, bounced date, bounce,
        email bounced date, email bounced reason, bounce reason, bounced_at""",
    "bounce_type": "bounce_type, bounce type, bounce kind, bounce class, bounce code",
    "soft_bounce": "soft_bounce, soft bounced, soft_bounce_count, is soft bounce",
    "moment:email:spam_report": "complained_at",
    "flag:email:spam_report": "spam report, spam reported, marked as spam, complained, spam complaint",
    "moment:email:unsubscribed": """unsub_time, unsubscribed at, unsubscribe date, unsubscribed date,
        unsubscribed on, unsubscribe time,
        date unsubscribed, unsubscribed time, unsubscription date""",
    "moment:phone:do_not_call": "do not call date, dnc date, do not call since",
    "moment:email:hard_bounce": "hard bounce date, clean_time",
    "moment:email:suppression_list": """suppressed at, suppression date, suppression reason, suppressed on,
        date suppressed""",
    "refusal:email:no_consent": """accepts marketing, accepts email marketing, email consent, marketing consent,
        gdpr consent, consent, consent given,
        email opt in, email optin, newsletter consent, email permission""",
    "refusal:sms:no_consent": "accepts sms marketing, sms consent, sms opt in",
    "refusal:phone:no_consent": "phone consent, call consent",
    "refusal:email:unsubscribed": "subscribed, is subscribed, subscribed to email",
    "optin_time": "optin_time",
    "optin_ip": "optin_ip",
    "confirm_time": "confirm_time",
    "confirm_ip": "confirm_ip",
}  # fmt: skip

# Numbers, accounts and addresses that belong to something other than the person, and words every product has.
_NOT_OURS = """fax, business fax, home fax, other fax, fax number, telex, isdn, pager, tty/tdd phone, callback,
assistant's phone, company main phone,
    company phone, corporate phone, company hq phone, hq phone, company phone number, main phone, switchboard,
    company linkedin url, company linkedin,
    linkedin company profile url, company website, website, web page, company url, web, webseite, notes, note,
    comments, comment, notizen, tags, tag, labels,
    salutation, anrede, prefix, name prefix, name suffix, suffix, previous job title, previous company name,
    company email, lead source,
    created, created at, created date, create date, date created, updated at, last modified date, modified, owner,
    contact owner, department, industry,
    street, address, zip, zip code, postal code, plz, lead status, source, reason, date, linkedin headline, headline,
    seniority, keywords,
    email type, email label, language, timezone, ip, ip address, list, lists, stage"""

# Columns of our own tables, as somebody may export them: numbers the database gives, verdicts that we make ourselves,
# what became of a message. A new one is listed here or above: a test reads the tables.
_OURS = """public_id, version, created_by, updated_by, created_login, updated_login, row_number, row_key, drop_key,
    email_key, phone_key, subject_key, canonical_key, landed_at, acted_at, received_at, recorded_at, recorded_by,
    last_said_at, ends_id,
    email_sub_status, email_verified_at, email_due_at, email_rules, email_deliverability_score, email_is_free,
    email_typo_suggestion, email_mailbox_verified_at, email_last_active_at, email_last_active_until,
    email_engagement_score, email_open_likelihood, email_click_likelihood, email_risk_score, email_activity_verified_at,
    phone_extension, phone_country, phone_type, phone_carrier, phone_status, phone_sub_status, phone_verified_at,
    phone_due_at, phone_rules, phone_active, phone_voip_kind, phone_carrier_verified_at,
    identity_confidence, identity_verified_at, profile_verified_at, profile_due_at, profile_rules,
    kind, layer, provider, sub_status, verified_at, validated_at, due_at, rules, raw_status, raw_sub_status,
    deliverability_score, is_catch_all, is_disposable, is_role, carrier, line_type, is_active,
    field_name, old_value, new_value, enriched_at, enriched_by,
    purpose, own_basis_words, retention_days, retention_unread, evidence, document_hash, notice_version,
    suppress_email_reason, email_found_status, email_found_sub_status, direction, touch_key, message_id, campaign,
    sent_at, delivered_at, machine_opened_at, opened_at, clicked_at, replied_at, bounce_status, bounce_reason,
    is_violation"""

TARGETS = {header_key(word): target for target, words in _WORDS.items() for word in _lines(words)}
for _target, _words in (*FIELD_WORDS.items(), ("extra", f"{_NOT_OURS},{_OURS},{NOT_OURS_WORDS}")):
    TARGETS |= {key: _target for key in map(header_key, _lines(_words)) if key and key not in TARGETS}

# Blocks that repeat: N differs from file to file.
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), target)
    for pattern, target in (
        (r"(email|mail)(address|adresse)?\d{1,2}(value|address|adresse|adres)?|personemail\w*", "email"),
        (r"(business|home|other|mobile|work|cell)?(tele)?phone(number)?\d{1,2}(value)?", "phone"),
        (r"(mobile|tel)\d{1,2}|personphone\w*", "phone"),
        (r"website\d{1,2}value", "linkedin_url"),
        (r"(email|phone|address|website|im|relation|event|organization)\d{1,2}\w+", "extra"),
        (r"(externalid|customfield|jot|calendarlink)\d{1,2}\w+", "extra"),
    )
)


def target_of(header: str) -> str | None:
    """What a header means by itself, or None when nobody told us."""
    key = header_key(header)
    if key in TARGETS:
        return TARGETS[key]
    for pattern, target in _PATTERNS:
        if pattern.fullmatch(key):
            return target
    return None
