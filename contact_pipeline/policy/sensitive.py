"""Columns that no contact list needs: government ids, birthdays, family, beliefs, health, accounts (GDPR Art. 5(1)(c),
data minimisation; Art. 9). They are dropped by their header, in the languages in which headers are read."""

_WORDS = """
    birthday, date of birth, birth date, birthdate, dob, birth year, birth month, birth day, age, anniversary, gender,
    sex, marital status, government id number, organizational id number, national id, passport number, ssn,
    social security number, tax id, driver license, drivers license number, spouse, children, maiden name,
    mother's maiden name, religion, ethnicity, nationality, political affiliation, trade union, health,
    disability, bank account, iban, bic, credit card, credit card number,

    geburtstag, geburtsdatum, geb. datum, geburtsjahr, geburtsort, geburtsname, alter, hochzeitstag, geschlecht,
    familienstand, ausweisnummer, personalausweisnummer, reisepassnummer, sozialversicherungsnummer, steuer-id,
    steuernummer, führerscheinnummer, ehepartner, ehegatte, kinder, religion, konfession, staatsangehörigkeit,
    nationalität, parteizugehörigkeit, gewerkschaft, gesundheit, behinderung, bankverbindung, kontonummer, kreditkarte,

    anniversaire, date de naissance, année de naissance, lieu de naissance, nom de jeune fille, âge, sexe, genre,
    situation familiale, état civil, numéro de sécurité sociale, numéro de passeport, conjoint, conjoint(e), enfants,
    nationalité, appartenance politique, santé, handicap, compte bancaire, carte bancaire, carte de crédit,

    cumpleaños, fecha de nacimiento, lugar de nacimiento, aniversario, edad, sexo, género, estado civil, dni, nif,
    número de pasaporte, número de la seguridad social, cónyuge, hijos, religión, nacionalidad, afiliación política,
    salud, discapacidad, cuenta bancaria, tarjeta de crédito,

    aniversário, data de nascimento, local de nascimento, idade, gênero, cpf, número do passaporte, cônjuge, filhos,
    religião, nacionalidade, filiação política, saúde, conta bancária, cartão de crédito,

    compleanno, data di nascita, luogo di nascita, età, sesso, genere, stato civile, codice fiscale, carta d'identità,
    numero di passaporto, coniuge, figli, religione, nazionalità, cittadinanza, salute, conto bancario,
    carta di credito,

    verjaardag, geboortedatum, geboorteplaats, leeftijd, geslacht, burgerlijke staat, bsn, burgerservicenummer,
    paspoortnummer, echtgenoot, kinderen, geloof, godsdienst, nationaliteit, gezondheid, bankrekening,
    rekeningnummer, creditcard,

    urodziny, data urodzenia, miejsce urodzenia, wiek, płeć, stan cywilny, pesel, numer dowodu, numer paszportu,
    małżonek, dzieci, wyznanie, narodowość, obywatelstwo, zdrowie, konto bankowe, numer konta,

    födelsedag, födelsedatum, födelseort, ålder, kön, civilstånd, personnummer, passnummer, make/maka,
    nationalitet, medborgarskap, hälsa, bankkonto, kontonummer, kreditkort,

    fødselsdag, fødselsdato, fødested, alder, køn, civilstand, cpr-nummer, cpr, pasnummer, ægtefælle, børn,
    statsborgerskab, helbred, bankkonto,

    bursdag, fødselsår, kjønn, sivilstand, fødselsnummer, ektefelle, statsborgerskap, helse,

    narozeniny, datum narození, místo narození, věk, pohlaví, rodinný stav, rodné číslo, číslo pasu, manžel/ka, děti,
    náboženství, národnost, státní příslušnost, zdraví, číslo účtu,

    誕生日, 生年月日, 出生地, 年齢, 性別, 婚姻状況, 配偶者, 子供, マイナンバー, パスポート番号, 宗教, 国籍, 健康状態,
    銀行口座, 口座番号, クレジットカード,

    生日, 出生日期, 出生地, 年龄, 年齡, 性别, 婚姻状况, 身份证号, 身份证号码, 身分證字號, 护照号, 护照号码, 配偶, 子女,
    宗教, 国籍, 國籍, 民族, 健康状况, 银行账号, 銀行帳號, 信用卡, 信用卡号,

    день рождения, дата рождения, год рождения, место рождения, возраст, пол, семейное положение, паспорт,
    номер паспорта, снилс, супруг, супруга, дети, религия, вероисповедание, национальность, гражданство, здоровье,
    номер счета, кредитная карта
"""

SENSITIVE_COLUMNS = tuple(dict.fromkeys(word.strip() for word in _WORDS.replace("\n", " ").split(",") if word.strip()))
