"""What columns are called in the policy, in `inspect` and in raw.drops: our own names for targets (vocabulary.py)."""

from contact_pipeline.core.errors import ConfigurationError
from contact_pipeline.wording.vocabulary import CLAIMS

SINGLE_VALUED = (
    "record_id", "name", "given_name", "middle_name", "family_name", "second_family_name", "company", "title",
    "linkedin_url", "location", "city", "region", "country", "confidence", "confidence_percent",
)  # fmt: skip
_AS_THEY_ARE = (
    *SINGLE_VALUED, "email", "phone", "calling_code", "status", "bounce", "bounce_type", "soft_bounce", "extra",
)  # fmt: skip
# Columns of permission: yes closes, or no does.
_PERMISSIONS = {
    "email_opt_out": "flag:email:opt_out", "phone_opt_out": "flag:phone:opt_out", "sms_opt_out": "flag:sms:opt_out",
    "opt_out": "flag:email:opt_out,phone:opt_out", "email_allowed": "refusal:email:no_consent",
    "phone_allowed": "refusal:phone:no_consent", "sms_allowed": "refusal:sms:no_consent",
    "contact_allowed": "refusal:email:no_consent,phone:no_consent",
}  # fmt: skip
_ALSO = {
    "more_emails": "email", "more_phones": "phone", "phone_e164": "phone", "confidence_score": "confidence",
    "withdrawn_date": "claim:consent_withdrawn_date",
}  # fmt: skip
_TARGETS = {name: name for name in _AS_THEY_ARE} | _ALSO | _PERMISSIONS | {name: f"claim:{name}" for name in CLAIMS}


def target_named(name: str) -> str:
    """The target that the policy means. Raises ConfigurationError when it is no column of ours."""
    target = _TARGETS.get(name.strip().lower())
    if target is None:
        raise ConfigurationError(
            f"mapping to {name!r}: not a column of ours. Use one of {', '.join(sorted(_TARGETS))}."
        )
    return target


def name_of(target: str) -> str:
    """What a target is called; the policy takes it for the same, but for the reason of an opt-out."""
    how, _, rest = target.partition(":")
    if how == "claim":
        return rest
    if how not in ("flag", "moment", "refusal"):
        return how
    channels = {restriction.partition(":")[0] for restriction in rest.split(",")}
    kind = "allowed" if how == "refusal" else "opt_out"
    if len(channels) > 1:
        return "contact_allowed" if how == "refusal" else "opt_out"
    return f"{channels.pop()}_{kind}"
