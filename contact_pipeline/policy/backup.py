"""[backup]: where backups go and how long they stay."""

from pydantic import Field, model_validator

from contact_pipeline.policy.sections import Section


class BackupPolicy(Section):
    """What is kept of the database outside of it (docs/operations.md).

    to: a folder; a backup is made each day, and the write-ahead log follows it; empty: HOME/backups, and no backup is
    made before `backup` is called for the first time. keep_days: every backup of so many days, with the log, which
    leads to any instant in between. keep_monthly: of so many months before that the first backup. beyond_use_days: an
    older one goes, whatever the others say: people who were erased since are in it.
    """

    to: str = ""
    keep_days: int = Field(default=14, gt=0)
    keep_monthly: int = Field(default=2, ge=0)
    beyond_use_days: int = Field(default=90, gt=0)

    @model_validator(mode="after")
    def _ends_in_order(self) -> "BackupPolicy":
        if self.keep_days > self.beyond_use_days:
            raise ValueError("keep_days is longer than beyond_use_days, after which every backup goes")
        return self
