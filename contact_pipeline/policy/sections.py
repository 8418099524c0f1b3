"""The sections of the policy file, each with its defaults."""

import codecs
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticKnownError

from contact_pipeline.core.providers import in_words
from contact_pipeline.core.verdicts import EmailStatus, EmailSubStatus, PhoneStatus, PhoneSubStatus

Share = Annotated[float, Field(ge=0, le=1)]
Channel = Literal["email", "phone"]


def _named(kind: str) -> BeforeValidator:
    """Refuses whom the `ProviderNames` of the validation's context do not hold, in the words of a Literal."""

    def check(value: object, info: ValidationInfo) -> object:
        if info.context is not None and value not in (known := getattr(info.context, kind)):
            raise PydanticKnownError("literal_error", {"expected": in_words(known)})
        return value

    return BeforeValidator(check)


MailboxProvider = Annotated[str, _named("mailbox")]
ActivityProvider = Annotated[str, _named("activity")]
LookupProvider = Annotated[str, _named("lookup")]
PersonProvider = Annotated[str, _named("person")]
ProfileProvider = Annotated[str, _named("profile")]
ProviderName = Annotated[str, _named("any")]


def _known_text_encoding(name: str) -> str:
    """Python's name for it. Refuses codecs that are no encoding of text, and those of domain names and source code."""
    try:
        "".encode(name)
        codec = codecs.lookup(name).name
    except (LookupError, UnicodeError, ValueError):
        raise ValueError(
            f"{name!r} is no text encoding: write it as in cp1250, iso8859-2, shift_jis or utf-16-le"
        ) from None
    if codec in ("idna", "punycode", "unicode-escape", "raw-unicode-escape", "unicode_escape", "raw_unicode_escape"):
        raise ValueError(f"{name!r} is no encoding of lists")
    return codec


TextEncoding = Annotated[str, AfterValidator(_known_text_encoding)]
KeyField = Literal["name", "email", "phone", "company", "title", "linkedin_url", "location"]
ProfileField = KeyField | Literal["given_name", "family_name", "seniority", "company_domain", "country"]


class Section(BaseModel):
    """A part of the file: frozen, and an unknown key is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class SourcePolicy(Section):
    """One source of contacts. Without `documentation` nothing from it may be contacted."""

    documentation: str = ""
    lawful_basis: Literal["consent", "legitimate_interest", "contract"] | None = None
    assessment_ref: str = ""
    purpose: str = ""
    retention_days: int | None = Field(default=None, gt=0)
    channels: tuple[Channel, ...] = ("email", "phone")
    trust: Share = 0.5
    origin: Literal["first_party", "vendor"] = "vendor"
    default_region: str | None = Field(default=None, pattern="^[A-Z]{2}$")
    mapping: Mapping[str, str] = Field(default_factory=dict)
    ignore_columns: tuple[str, ...] = ()
    # What its files hold, where their names and columns leave it open.
    contents: Literal["contacts", "opt_outs", "touches"] | None = None
    # Of files whose own bytes do not prove theirs (UTF-8 and a byte order mark do).
    encoding: TextEncoding | None = None
    # Which sheet of a workbook is meant, where several hold something.
    sheet: str | None = Field(default=None, min_length=1)
    # Interests that a row of this source may state as its own ground, besides assessment_ref.
    own_bases: tuple[str, ...] = ()
    # What the law on electronic marketing wants besides the ground; by_ground: what follows from ground and country.
    electronic_marketing: Literal["by_ground", "prior_consent", "soft_opt_in", "b2b", "none"] = "by_ground"
    electronic_marketing_reason: str = ""

    @model_validator(mode="after")
    def _says_why_it_needs_no_consent(self) -> "SourcePolicy":
        if self.electronic_marketing in ("soft_opt_in", "b2b", "none") and not self.electronic_marketing_reason.strip():
            raise ValueError(
                f"electronic_marketing = {self.electronic_marketing!r} needs electronic_marketing_reason:"
                " why these people may be contacted without their prior consent"
            )
        return self

    @property
    def is_documented(self) -> bool:
        """A basis counts when somebody wrote down what it is; a legitimate interest also needs its assessment."""
        if not self.documentation or self.lawful_basis is None:
            return False
        return self.lawful_basis != "legitimate_interest" or bool(self.assessment_ref)


class GatePolicy(Section):
    """When a drop is held."""

    max_failed_share: Share = 0.10


class LimitPolicy(Section):
    """What a drop may weigh."""

    max_file_mb: int = Field(default=2048, gt=0)
    max_rows: int = Field(default=10_000_000, gt=0)


def _known_verdict(entry: str, statuses: type, reasons: type) -> str:
    status, _, reason = entry.partition("/")
    if status not in {str(s) for s in statuses} or (reason and reason not in {str(r) for r in reasons}):  # type: ignore[attr-defined]
        raise ValueError(f"{entry!r} is not a verdict: write status or status/sub_status")
    return entry


Band = tuple[Share, Share]  # where a share is expected to lie, ends included


def _usual_shares() -> Mapping[Literal["valid", "invalid", "risky", "unknown"], Band]:
    return {"valid": (0.75, 0.85), "invalid": (0.05, 0.10), "risky": (0.05, 0.10), "unknown": (0.05, 0.10)}


class EmailPolicy(Section):
    """What an address must be."""

    refresh_days: int = Field(default=90, gt=0)
    allow_private_addresses: bool = False
    allow_special_use_domains: bool = False
    mailable_verdicts: tuple[str, ...] = ("valid",)
    # Asked in this order, each only for what is still unknown; one without a key is left out. Own and cheap ones first.
    mailbox_providers: tuple[MailboxProvider, ...] = (
        "reacher", "smtp", "emaillistverify", "neverbounce", "zerobounce", "briteverify", "hunter"
    )  # fmt: skip
    activity_providers: tuple[ActivityProvider, ...] = ("zerobounce", "emailage")
    # What a mailbox provider usually answers; catch_all counts as risky. Outside of it a check warns.
    expected_shares: Mapping[Literal["valid", "invalid", "risky", "unknown"], Band] = Field(
        default_factory=_usual_shares
    )

    @field_validator("mailable_verdicts")
    @classmethod
    def _are_verdicts(cls, entries: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_known_verdict(entry, EmailStatus, EmailSubStatus) for entry in entries)


class PhonePolicy(Section):
    """What a number must be."""

    refresh_days: int = Field(default=180, gt=0)
    callable_verdicts: tuple[str, ...] = ("valid",)
    engine: Literal["phonenumbers", "rphonenumbers"] = "phonenumbers"
    lookup_providers: tuple[LookupProvider, ...] = ("twilio", "numverify")
    line_status: bool = False  # Twilio's paid package that says whether the line is active

    @field_validator("callable_verdicts")
    @classmethod
    def _are_verdicts(cls, entries: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_known_verdict(entry, PhoneStatus, PhoneSubStatus) for entry in entries)


class ProbePolicy(Section):
    """Our own SMTP probe: who we say we are, and whether we ask at all (docs/smtp-probe.md)."""

    enabled: bool = False
    helo_name: str = ""
    mail_from: str = ""
    timeout_seconds: float = Field(default=30.0, gt=0, le=300)
    port: int = Field(default=25, gt=0, lt=65536)

    @model_validator(mode="after")
    def _says_who_asks(self) -> "ProbePolicy":
        if self.enabled and not (self.helo_name and "@" in self.mail_from):
            raise ValueError("enabled needs helo_name (this machine's name in DNS) and mail_from (an address you read)")
        return self


class FieldPolicy(Section):
    """One field's line of the table of precedence (profiles/precedence.py).

    verification: weight of each status of an address or number, 0: counts as missing. trust: of single providers or
    sources, instead of the general one.
    """

    half_life_days: int = Field(default=365, gt=0)
    verification: Mapping[str, Share] = Field(default_factory=dict)
    trust: Mapping[str, Share] = Field(default_factory=dict)


def _usual_fields() -> Mapping[ProfileField, FieldPolicy]:
    """People change titles and employers more often than names."""
    by_status = {"valid": 1.0, "catch_all": 0.8, "unknown": 0.7, "risky": 0.4, "invalid": 0.0}
    return {
        "name": FieldPolicy(half_life_days=1825),
        "given_name": FieldPolicy(half_life_days=1825),
        "family_name": FieldPolicy(half_life_days=1825),
        "email": FieldPolicy(half_life_days=730, verification=by_status),
        "phone": FieldPolicy(half_life_days=730, verification={"valid": 1.0, "unknown": 0.7, "invalid": 0.0}),
        "title": FieldPolicy(half_life_days=540),
        "seniority": FieldPolicy(half_life_days=540),
        "company": FieldPolicy(half_life_days=540),
        "company_domain": FieldPolicy(half_life_days=540),
    }


def _usual_trust() -> Mapping[ProfileProvider, Share]:
    """A rule of thumb: nobody has measured these vendors for us."""
    return {"hunter": 0.8, "clearbit": 0.75, "fullcontact": 0.7, "phantombuster": 0.85}


class LinkedInPolicy(Section):
    """PhantomBuster's LinkedIn agent. Off until a source is named here (docs/enrichment.md, legal note)."""

    sources: tuple[str, ...] = ()
    agent: str = ""  # PhantomBuster's id of the agent
    seconds_per_profile: int = Field(default=3, ge=2)

    @model_validator(mode="after")
    def _knows_its_agent(self) -> "LinkedInPolicy":
        if self.sources and not self.agent:
            raise ValueError("sources needs agent, PhantomBuster's id of the LinkedIn profile agent")
        return self


class EnrichmentPolicy(Section):
    """Whom and what to ask about people and companies, and which value wins.

    providers: asked in this order, each only for what is still missing; cheapest first by the documented prices.
    daily_budget: US dollars a day for all of it. order: who is worth most, the first word first. cross_check: how many
    providers have to speak of a person before the rest are spared; 2 holds one against the other.
    """

    providers: tuple[PersonProvider, ...] = ("hunter", "clearbit", "fullcontact")
    key_fields: tuple[KeyField, ...] = ("name", "email", "phone", "company", "title", "linkedin_url", "location")
    daily_budget: float = Field(default=50.0, ge=0)
    company_refresh_days: int = Field(default=180, gt=0)
    profile_refresh_days: int = Field(default=90, gt=0)
    order: tuple[Literal["uses", "trust", "completeness", "newest"], ...] = ("uses", "trust", "completeness")
    sufficient_confidence: Share = 0.5
    cross_check: int = Field(default=1, ge=1, le=3)
    review_margin: Share = 0.15
    trust: Mapping[ProfileProvider, Share] = Field(default_factory=_usual_trust)
    fields: Mapping[ProfileField, FieldPolicy] = Field(default_factory=_usual_fields)
    linkedin: LinkedInPolicy = LinkedInPolicy()

    @field_validator("fields")
    @classmethod
    def _says_the_rest(cls, fields: Mapping[ProfileField, FieldPolicy]) -> Mapping[ProfileField, FieldPolicy]:
        """A policy that names one field keeps the usual lines of the others, and of this one what it does not name."""
        usual = dict(_usual_fields())
        named = {
            name: usual[name].model_copy(update={key: getattr(line, key) for key in line.model_fields_set})
            if name in usual
            else line
            for name, line in fields.items()
        }
        return usual | named

    @field_validator("trust")
    @classmethod
    def _trusts_the_rest_as_usual(cls, trust: Mapping[ProfileProvider, Share]) -> Mapping[ProfileProvider, Share]:
        return dict(_usual_trust()) | dict(trust)

    def trust_in(self, provider: str) -> float:
        """A provider of whom nothing is said is believed as little as a source of which nothing is said."""
        return self.trust.get(provider, SourcePolicy().trust)


class BudgetPolicy(Section):
    """What a provider may cost, in US dollars. price is for one subject; None: the documented one."""

    monthly: float = Field(default=100.0, ge=0)
    per_run: float = Field(default=100.0, ge=0)
    price: float | None = Field(default=None, ge=0)
    price_date: date | None = None
    price_source: str = ""


class SenderPolicy(Section):
    """Who writes to people, and whose data they are: the controller.

    Every commercial message names its sender and a valid physical postal address (CAN-SPAM, 15 U.S.C.
    7704(a)(5)(A)(iii)); every notice the controller, and the data protection officer where there is one (GDPR Art.
    13(1)(a)-(b), 14(1)(a)-(b)). contact: where people reach the privacy desk.
    """

    name: str = ""
    postal_address: str = ""
    contact: str = ""
    data_protection_officer: str = ""

    @property
    def missing(self) -> tuple[str, ...]:
        """Keys without which no message may go out."""
        return tuple(key for key in ("name", "postal_address") if not getattr(self, key).strip())

    @property
    def is_complete(self) -> bool:
        """Nothing is missing that the law wants in a message."""
        return not self.missing


class BouncePolicy(Section):
    """What messages that come back say of an address (docs/outreach.md).

    soft_limit: so many messages in a row that came back for a passing reason, within soft_window_days, make it risky.
    maildir: folder to which returned mails are delivered; empty: none is read. alert_share: of the messages of a week
    or a month; more coming back opens an alert. valid_bounce_share: promised of addresses that were called valid.
    """

    soft_limit: int = Field(default=3, gt=0)
    soft_window_days: int = Field(default=30, gt=0)
    maildir: str = ""
    alert_share: Share = 0.05
    valid_bounce_share: Share = 0.02


def _web_address(text: str) -> str:
    """Scheme and host, as people and mail programs reach this machine from outside."""
    parts = urlsplit(text)
    if text and (parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query):
        raise ValueError("write https://host, without a path: the addresses below it are ours")
    return text.rstrip("/")


class WebPolicy(Section):
    """How the web edge is reached (docs/outreach.md). public_url: https://host; trusted_proxies: addresses or networks
    of proxies whose X-Forwarded-For counts; page_requests_per_minute: of one client on public pages.

    Of the pages for people who work here (docs/pages.md): pages_url: under which a proxy shows them; empty: this
    machine only. trusted_user_header: in which such a proxy says who is signed in. idle_minutes, session_hours: when a
    sign-in ends without, and with, anything being asked.
    """

    public_url: Annotated[str, AfterValidator(_web_address)] = ""
    trusted_proxies: tuple[str, ...] = ()
    page_requests_per_minute: int = Field(default=60, gt=0)
    pages_url: Annotated[str, AfterValidator(_web_address)] = ""
    trusted_user_header: Annotated[str, Field(pattern=r"^([A-Za-z][A-Za-z0-9-]*)?$")] = ""
    idle_minutes: int = Field(default=60, gt=0)
    session_hours: int = Field(default=12, gt=0)

    @model_validator(mode="after")
    def _header_needs_a_proxy(self) -> "WebPolicy":
        if self.trusted_user_header and not self.trusted_proxies:
            raise ValueError("trusted_user_header needs trusted_proxies: else anybody could say who they are")
        return self


class RetentionPolicy(Section):
    """What becomes of people whose last ground has ended (GDPR Art. 5(1)(e)).

    warning_days: how long before the end a contact is listed as due. purposes: days for which a purpose justifies
    keeping; the shorter of it and the source's own period counts.
    """

    warning_days: int = Field(default=30, gt=0)
    action: Literal["erase", "anonymise"] = "erase"
    purposes: Mapping[str, Annotated[int, Field(gt=0)]] = Field(default_factory=dict)


class ExportPolicy(Section):
    """require_purpose: `export` is refused where nobody says what for."""

    require_purpose: bool = False
