"""Exports of address books and of one's own network.

Where no source is named: the header rows of real exports that came with the project's issue.
Outlook writes its columns in the language of the program: the lists are those of roundcube/roundcubemail,
program/localization/<language>/csv2vcard.inc, which reads such files.
"""

from contact_pipeline.wording.export_format import Format, all_to

# Where somebody works is the location: a town of the one address beside the country of another would be nowhere.
_HOME = all_to("extra", "Home City | Home State | Home County | Home Country | Home Country/Region")

ADDRESS_BOOKS: tuple[Format, ...] = (
    # ONLYOFFICE/CommunityServer, tests of the importer of contacts. Before the desktop's, whose columns it has too.
    Format(
        "outlook_com",
        (("Given Yomi", "Surname Yomi"), ("E-mail Address", "IMAddress", "Schools")),
        """Nickname | Given Yomi | Surname Yomi | IMAddress | Office Location | Manager's Name |
        Assistant's Name | Company Yomi | Business Street | Business Postal Code | Home Street | Home City |
        Home State | Home Postal Code | Home Country/Region | Other Street | Other City | Other State |
        Other Postal Code | Other Country/Region | Personal Web Page | Spouse | Schools | Hobby | Birthday |
        Anniversary""",
        overrides={"Title": "extra", "Location": "extra", **_HOME},
    ),
    Format(
        "google_contacts_old",
        (("Given Name", "Family Name", "E-mail 1 - Type"), ("Given Name", "Family Name", "Group Membership")),
        """Yomi Name | Given Name Yomi | Additional Name Yomi | Family Name Yomi | Initials | Nickname | Short Name |
        Maiden Name | Birthday | Gender | Billing Information | Directory Server | Mileage | Occupation | Hobby |
        Sensitivity | Priority | Subject | Photo | Group Membership""",
        overrides={"Location": "extra", "Subject": "extra"},
    ),
    Format(
        "google_contacts_new",
        (("First Name", "Last Name", "E-mail 1 - Label"), ("Phonetic First Name", "Organization Name", "Labels")),
        """Phonetic First Name | Phonetic Middle Name | Phonetic Last Name | Nickname | File As | Organization
        Department
        | Birthday | Photo""",
    ),
    Format(
        "outlook_desktop",
        (("E-mail Address", "E-mail Display Name"), ("First Name", "Last Name", "E-mail Address", "Business Phone")),
        """Business Street | Business Street 2 | Business Street 3 | Business Postal Code | Home Street | Home Street
        2 |
        Home Street 3 | Home City | Home State | Home Postal Code | Home Country/Region | Other Street | Other Street
        2 | Other Street 3 | Other City | Other State | Other Postal Code | Other Country/Region | Account |
        Anniversary | Assistant's Name | Billing Information | Birthday | Business Address PO Box | Categories |
        Children | Directory Server | E-mail Display Name | Gender | Government ID Number | Hobby | Home Address PO
        Box | Initials | Internet Free Busy | Manager's Name | Mileage | Office Location | Organizational ID Number |
        Other Address PO Box | Priority | Private | Profession | Referred By | Sensitivity | Spouse | User 1 | User 2
        | User 3 | User 4""",
        overrides={"Title": "extra", "Location": "extra", **_HOME},
    ),
    Format(
        "outlook_german",
        (("E-Mail-Adresse", "Telefon geschäftlich"), ("Weitere Vornamen", "Nachname", "E-Mail-Adresse"),
        ("Weitere Vornamen", "Ort geschäftlich")),
        """Jahrestag | Name Assistent | Geburtstag | Postleitzahl geschäftlich | Straße geschäftlich |
        Kategorien | Geschlecht | Ort privat | Region privat | Land privat | Land/Region privat |
        Postleitzahl privat | Straße privat | Weiterer Ort | Weitere Region | Weiteres Land |
        Weitere Postleitzahl | Weitere Straße | Spitzname | E-Mail-Typ | E-Mail: Angezeigter Name |
        E-Mail 2: Typ | E-Mail 2: Angezeigter Name | E-Mail 3: Typ | E-Mail 3: Angezeigter Name | Initialen |
        Vertraulichkeit | Priorität | Privat | Beruf | Büro""",
        # The numbers of an assistant and of faxes are not the person's.
        overrides={
            "Telefon geschäftlich": "phone", "Telefon geschäftlich 2": "phone", "Telefon privat": "phone",
            "Telefon privat 2": "phone", "Mobiltelefon": "phone", "Autotelefon": "phone", "Haupttelefon": "phone",
            "Weiteres Telefon": "phone", "E-Mail 2: Adresse": "email", "E-Mail 3: Adresse": "email",
            "Ort geschäftlich": "city", "Region geschäftlich": "region", "Land geschäftlich": "country",
            "Land/Region geschäftlich": "country", "Weitere Vornamen": "middle_name",
            **all_to("extra", "Telefon Assistent | Fax geschäftlich | Fax privat | Weiteres Fax | Anrede"),
        },
        day_first=True,
    ),
    Format(
        "outlook_french",
        (("Adresse de messagerie", "Téléphone (bureau)"), ("Prénom", "Nom", "Ville (bureau)"),
        ("Deuxième prénom", "Adresse de messagerie")),
        """Anniversaire de mariage ou fête | Nom de l'assistant(e) | Anniversaire | Code postal (bureau) |
        Rue (bureau) | Catégories | Sexe | Ville (domicile) | Pays/Région (domicile) | Dép/Région (domicile) |
        Code postal (domicile) | Rue (domicile) | Ville (autre) | Pays/Région (autre) | Dép/Région (autre) |
        Code postal (autre) | Rue (autre) | Récepteur de radiomessagerie | Conjoint(e) | Suffixe | Page Web""",
        overrides={
            "Téléphone (bureau)": "phone", "Téléphone 2 (bureau)": "phone", "Téléphone (domicile)": "phone",
            "Téléphone 2 (domicile)": "phone", "Téléphone (voiture)": "phone", "Téléphone (autre)": "phone",
            "Téléphone principal": "phone", "Tél. mobile": "phone", "Ville (bureau)": "city",
            "Dép/Région (bureau)": "region", "Pays/Région (bureau)": "country", "Profession": "title",
            **all_to("extra", "Titre | Service | Téléphone de l'assistant(e) | Télécopie (bureau) | "
                     "Télécopie (domicile) | Télécopie (autre)"),
        },
        day_first=True,
    ),
    # The Spanish program leaves some of its columns in English.
    Format(
        "outlook_spanish",
        (("Nombre", "Apellidos", "Teléfono del trabajo"), ("Nombre", "Apellidos", "Ciudad de trabajo"),
        ("Nombre", "Apellidos", "E-mail Address")),
        """Anniversary | Assistant's Name | Birthday | Código postal del trabajo | Calle del trabajo |
        Categorías | Género | Home City | País o región del domicilio | Home Postal Code | Home State |
        Home Street | Nombre del director | Otra ciudad | Otra provincia o estado | Otro código postal |
        Otro país o región | Otra calle | Spouse | Página web""",
        overrides={
            "Nombre": "given_name", "Teléfono del trabajo": "phone", "Particular": "phone", "Otro teléfono": "phone",
            "Teléfono principal": "phone", "Ciudad de trabajo": "city", "Provincia o estado de trabajo": "region",
            "País o región del trabajo": "country", "Dirección de correo electrónico 2": "email",
            "Dirección del correo electrónico 3": "email", "Title": "extra", "Otro fax": "extra",
            **_HOME,
        },
        day_first=True,
    ),
    # American and British: both are in public readers of such files (FolkerKinzel.Contacts, tests of a Go importer).
    Format(
        "thunderbird",
        (("Primary Email", "Secondary Email", "Screen Name"), ("Display Name", "Primary Email", "Work Phone")),
        """Nickname | Screen Name | Pager Number | Home Address | Home Address 2 | Home State | Home County |
        Home ZipCode | Home Post Code | Work Address | Work Address 2 | Work ZipCode | Work Zip | Work Post Code |
        Web Page 1 | Web Page 2 | Birth Year | Birth Month | Birth Day | Custom 1 | Custom 2 | Custom 3 | Custom 4""",
        overrides={
            "Work City": "city", "Work State": "region", "Work County": "region", "Work Country": "country",
            "Mobile Number": "phone", "Fax Number": "extra", **_HOME,
        },
    ),
    Format(
        "linkedin_connections",
        (("URL", "Position", "Connected On"),),
        """Connected On""",
    ),
    Format(
        "linkedin_connections_old",
        (("Position", "Connected On"),),
        """Connected On""",
    ),
)  # fmt: skip
