"""contact_pipeline.toml → one frozen, validated object: sources, lawful bases, decay, thresholds.

Every key has a default and an unknown key is refused, so that a typing error never becomes a permission.
Environment and secrets are not here but in settings.py.
"""

import hashlib
import tomllib
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, Field, ValidationError, model_validator

from contact_pipeline.core.errors import ConfigurationError
from contact_pipeline.core.ids import SOURCE_NAME, UNDOCUMENTED
from contact_pipeline.core.providers import ProviderNames
from contact_pipeline.core.system_errors import why
from contact_pipeline.policy.alerts import AlertPolicy
from contact_pipeline.policy.backup import BackupPolicy
from contact_pipeline.policy.costs import CostPolicy
from contact_pipeline.policy.esp import EspName, EspPolicy
from contact_pipeline.policy.goals import GoalPolicy
from contact_pipeline.policy.sections import (
    BouncePolicy,
    BudgetPolicy,
    EmailPolicy,
    EnrichmentPolicy,
    ExportPolicy,
    GatePolicy,
    LimitPolicy,
    PhonePolicy,
    ProbePolicy,
    ProviderName,
    RetentionPolicy,
    Section,
    SenderPolicy,
    SourcePolicy,
    WebPolicy,
)
from contact_pipeline.policy.sensitive import SENSITIVE_COLUMNS


class Policy(Section):
    """The whole file."""

    sources: Mapping[str, SourcePolicy] = Field(default_factory=dict)
    gates: GatePolicy = GatePolicy()
    alerts: AlertPolicy = AlertPolicy()
    limits: LimitPolicy = LimitPolicy()
    email: EmailPolicy = EmailPolicy()
    phone: PhonePolicy = PhonePolicy()
    smtp_probe: ProbePolicy = ProbePolicy()
    enrichment: EnrichmentPolicy = EnrichmentPolicy()
    budgets: Mapping[ProviderName, BudgetPolicy] = Field(default_factory=dict)
    sender: SenderPolicy = SenderPolicy()
    retention: RetentionPolicy = RetentionPolicy()
    bounces: BouncePolicy = BouncePolicy()
    web: WebPolicy = WebPolicy()
    backup: BackupPolicy = BackupPolicy()
    esp: Mapping[EspName, EspPolicy] = Field(default_factory=dict)
    exports: ExportPolicy = ExportPolicy()
    goals: GoalPolicy = GoalPolicy()
    costs: CostPolicy = CostPolicy()

    @model_validator(mode="after")
    def _source_names_travel(self) -> "Policy":
        for name in self.sources:
            if not SOURCE_NAME.fullmatch(name) or name == UNDOCUMENTED:
                raise ValueError(f"source name {name!r}: use 1-40 of a-z 0-9 _ - (and not {UNDOCUMENTED!r})")
        return self

    @model_validator(mode="after")
    def _periods_have_their_purpose(self) -> "Policy":
        """A misspelt purpose would keep people for longer than was decided."""
        stray = sorted(set(self.retention.purposes) - {source.purpose for source in self.sources.values()})
        if stray:
            raise ValueError(f"retention.purposes names {stray[0]!r}, which is the purpose of no source")
        return self

    def source(self, name: str) -> SourcePolicy:
        """An undeclared source is undocumented: landed, never contactable, least trusted."""
        return self.sources.get(name) or SourcePolicy(trust=0.0)

    def retention_days(self, name: str) -> int | None:
        """Days for which a source's people may be kept: the shorter of its own and its purpose's. None: no end."""
        source = self.source(name)
        periods = (source.retention_days, self.retention.purposes.get(source.purpose))
        return min((days for days in periods if days is not None), default=None)

    @property
    def periods(self) -> dict[str, int]:
        """Days for which what a layer says stays fresh."""
        by_email = dict.fromkeys(("email", "mailbox", "activity"), self.email.refresh_days)
        by_phone = dict.fromkeys(("phone", "carrier"), self.phone.refresh_days)
        by_profile = dict.fromkeys(("person", "address", "identity"), self.enrichment.profile_refresh_days)
        return by_email | by_phone | by_profile | {"company": self.enrichment.company_refresh_days}

    def budget(self, provider: str) -> BudgetPolicy:
        """Of one provider; the defaults where the policy says nothing."""
        return self.budgets.get(provider) or BudgetPolicy()

    def ignored_columns(self, source: str) -> tuple[str, ...]:
        """Columns dropped by name before anything is stored."""
        return SENSITIVE_COLUMNS + self.source(source).ignore_columns

    def fingerprint(self, *sections: BaseModel) -> str:
        """Hash of the given sections (all of the policy when none): a stage's input that is not in the database."""
        texts = [section.model_dump_json() for section in sections or (self,)]
        return hashlib.sha256("\x1e".join(texts).encode()).hexdigest()[:16]


def load_policy(path: Path, providers: ProviderNames) -> Policy:
    """No file means all defaults. Raises ConfigurationError with the key's place and what is wrong with it.

    providers: whom it may name; `provider_names()` of vendors/registry.py.
    """
    if not path.exists():
        return Policy()
    correct = "Correct it; docs/policy.md has every key."
    try:
        return Policy.model_validate(tomllib.loads(path.read_text(encoding="utf-8")), context=providers)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{path.name} is not valid TOML: {error}. {correct}") from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"{path.name} is not UTF-8 text. Save it as UTF-8.") from None
    except OSError as error:
        raise ConfigurationError(f"The policy file {path} cannot be read: {why(error)}") from None
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'file'}: {e['msg']}" for e in error.errors())
        raise ConfigurationError(f"{path.name} is refused: {faults}. {correct}") from None
