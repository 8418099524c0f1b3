"""Why a file is held until a person decides: one rule, one sentence, one next step. Never a value of the file."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """rule: a word that stays (docs/drops.md lists them); what: one sentence; where: line and column, if it has a
    place; todo: what to do about it, without the command that is the same for all (`contact-pipeline inspect`)."""

    rule: str
    what: str
    todo: str
    where: str = ""

    def __str__(self) -> str:
        place = f" ({self.where})" if self.where else ""
        return f"{self.rule}: {self.what.rstrip('.')}{place}. {self.todo}"
