"""Export formats as data: how to recognise each product's file, and where its words differ from everybody's.

Columns are matched by name, never by position: users pick,
rename and reorder them. A format is recognised when all headers of
one of its signatures are there; the first format of the table wins. `columns` are the product's words that
vocabulary.py
does not know: kept in `extra`, not reported as unknown. Source: header rows of real exports (data of the project's
issue).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from contact_pipeline.reading.vocabulary import header_key, target_of


@dataclass(frozen=True)
class Format:
    """One product's file. `overrides`: header → target (vocabulary.py) where the product means something else."""

    key: str
    signatures: tuple[tuple[str, ...], ...]
    columns: str = ""
    overrides: Mapping[str, str] = field(default_factory=dict)
    day_first: bool | None = None  # how the product writes 03/04/2024; None: it depends on the account


FORMATS: tuple[Format, ...] = (
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
        overrides={"Title": "extra", "Location": "extra"},
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
    Format(
        "pipedrive_people",
        (("Person - Name",), ("Person - ID",), ("Person - Email",)),
        """Person - Label | Person - Double opt-in | Person - Person created""",
    ),
    Format(
        "apollo_full",
        (("Apollo Contact Id",), ("Person Linkedin Url", "Company Name for Emails")),
        """Company Name for Emails | Primary Email Source | Primary Email Catch-all Status | Primary Email Last Verified
        At | Departments | Last Contacted | Account Owner | # Employees | Facebook Url | Twitter Url | Company Address
        | Company City | Company State | Company Country | Technologies | Annual Revenue | Total Funding | Latest
        Funding | Latest Funding Amount | Last Raised At | Subsidiary of | Email Sent | Email Open | Replied | Demoed
        | Number of Retail Locations | Apollo Account Id | Secondary Email Source | Tertiary Email Source""",
    ),
    Format(
        "zoominfo_contacts",
        (("ZoomInfo Contact ID",),),
        """Job Title Hierarchy Level | Management Level | Job Start Date | Job Function | Company Division Name | Email
        Domain | Last Job Change Type | Last Job Change Date | Previous Company ZoomInfo Company ID | Previous Company
        LinkedIn Profile | Highest Level of Education | Contact Accuracy Grade | ZoomInfo Contact Profile URL | Notice
        Provided Date | Person Street | Person Zip Code | ZoomInfo Company ID | Company Description | Founded Year |
        Ticker | Revenue (in 000s USD) | Revenue Range (in USD) | Est. Marketing Department Budget (in 000s USD) |
        Est. Finance Department Budget (in 000s USD) | Est. IT Department Budget (in 000s USD) | Est. HR Department
        Budget (in 000s USD) | Employees | Employee Range | Past 1 Year Employee Growth Rate | Past 2 Year Employee
        Growth Rate | SIC Code 1 | SIC Code 2 | SIC Codes | NAICS Code 1 | NAICS Code 2 | NAICS Codes | Primary
        Industry | Primary Sub-Industry | All Industries | All Sub-Industries | Industry Hierarchical Category |
        Secondary Industry Hierarchical Category | Alexa Rank | ZoomInfo Company Profile URL | Facebook Company
        Profile URL | Twitter Company Profile URL | Ownership Type | Business Model | Certified Active Company |
        Certification Date | Total Funding Amount (in 000s USD) | Recent Funding Amount (in 000s USD) | Recent Funding
        Round | Recent Funding Date | Recent Investors | All Investors | Company Street Address | Company City |
        Company State | Company Zip Code | Company Country | Full Address | Number of Locations""",
    ),
    Format(
        "mailchimp_unsubscribed",
        (("Email Address", "UNSUB_TIME"),),
        """UNSUB_CAMPAIGN_ID | UNSUB_REASON | UNSUB_CAMPAIGN_TITLE | UNSUB_REASON_OTHER | MEMBER_RATING | LATITUDE |
        LONGITUDE | GMTOFF | DSTOFF | CC | LAST_CHANGED | LEID""",
        overrides={"REGION": "extra"},
    ),
    Format(
        "mailchimp_subscribed",
        (("Email Address", "LEID", "EUID"), ("Email Address", "MEMBER_RATING", "OPTIN_TIME")),
        """MEMBER_RATING | LATITUDE | LONGITUDE | GMTOFF | DSTOFF | CC | LAST_CHANGED | LEID""",
        overrides={"Status": "extra", "REGION": "extra", "Name": "name"},
    ),
    Format(
        "brevo",
        (("EMAIL_BLACKLISTED",), ("SMS_BLACKLISTED",)),
        """ADDED_TIME | MODIFIED_TIME""",
        day_first=True,
    ),
    Format(
        "salesforce_report",
        (("Account Name", "Email Opt Out"), ("Account Name", "Do Not Call"), ("Last Name", "Email Opt Out",
        "Do Not Call")),
        overrides={"Id": "record_id"},
    ),
    Format(
        "salesforce_api",
        (("HasOptedOutOfEmail",), ("DoNotCall", "LastName", "Email")),
        overrides={"Id": "record_id"},
    ),
    Format(
        "hubspot_contacts_a",
        (("Record ID", "Lifecycle Stage"), ("Record ID", "Contact owner"), ("Record ID", "Create Date"),
        ("Record ID", "Last Modified Date")),
        """Contact Type | Lifecycle Stage | Stage of Journey | Next appointment date | Associated Deal | Associated
        Company | Associated Deal IDs""",
    ),
    Format(
        "sendgrid_suppression",
        (("status", "reason", "email", "created"),),
        overrides={"status": "extra", "reason": "extra"},
    ),
    Format(
        "phantombuster_clay_person",
        (("Work Email", "Work Email Status"), ("Url", "Headline", "Job Title")),
    ),
    Format(
        "activecampaign",
        (("Email", "Date Created", "IP", "Status"),),
    ),
    Format(
        "seed_document_gdpr",
        (("consent_date", "data_source"), ("legitimate_interest_basis",), ("processing_purpose", "retention_period"),
        ("data_source", "retention_period")),
    ),
)  # fmt: skip

OVERRIDES = {f.key: {header_key(h): t for h, t in f.overrides.items()} for f in FORMATS}
DAY_FIRST = {f.key: f.day_first for f in FORMATS}
WORDS = {f.key: frozenset(map(header_key, f.columns.split("|"))) - {""} for f in FORMATS}
_ALL_WORDS = frozenset().union(*WORDS.values())
_SIGNATURES = [(f.key, [frozenset(map(header_key, s)) for s in f.signatures]) for f in FORMATS]


def detect_format(header: Iterable[str]) -> str | None:
    """The key of the first format one of whose signatures is wholly in the header, or None."""
    raw = set(header)
    keys = {header_key(name) for name in raw}
    for format_key, signatures in _SIGNATURES:
        if any(signature <= keys for signature in signatures):
            return format_key
    # A bare SOQL result: only the API's own spelling tells it from any table with an id.
    if "Id" in raw and {"FirstName", "LastName"} & raw:
        return "salesforce_api"
    return None


def is_known_header(header: str) -> bool:
    """Serves to find the header among preamble lines and to choose a delimiter."""
    return 0 < len(header) <= 80 and (header_key(header) in _ALL_WORDS or target_of(header) is not None)
