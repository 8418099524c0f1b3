"""[esp.NAME]: which e-mail service provider is kept in step, how, and for what."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field, model_validator

from contact_pipeline.policy.sections import Section

EspName = Literal["sendgrid", "mailchimp"]
EspField = Literal[
    "name", "given_name", "family_name", "company", "company_domain", "title", "phone_e164", "linkedin_url", "location",
    "country",
]  # fmt: skip


class EspPolicy(Section):
    """One e-mail service provider (docs/outreach.md). fields: theirs, by ours. tags, list_id: of everybody we send; an
    audience of Mailchimp is named by MAILCHIMP_LIST_ID. groups: purpose of each of its unsubscribe groups, by the
    group's id; who leaves one that is not named here leaves every list."""

    purpose: str = ""
    direction: Literal["off", "pull", "push", "two_way"] = "off"
    fields: Mapping[EspField, str] = Field(default_factory=dict)
    tags: tuple[str, ...] = ()
    list_id: str = ""
    groups: Mapping[str, str] = Field(default_factory=dict)

    @property
    def pulls(self) -> bool:
        """Whether what was closed there is closed here."""
        return self.direction in ("pull", "two_way")

    @property
    def pushes(self) -> bool:
        """Whether the list goes there."""
        return self.direction in ("push", "two_way")

    @model_validator(mode="after")
    def _a_list_has_its_purpose(self) -> "EspPolicy":
        if self.pushes and not self.purpose.strip():
            raise ValueError("name the purpose: only who may be written to for it is sent there")
        return self
