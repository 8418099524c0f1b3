"""The phone stage: every due number of a drop against the numbering plans."""

from collections.abc import Callable, Iterator
from typing import Protocol

import pandas as pd

from contact_pipeline.core.ahead import work_ahead
from contact_pipeline.core.verdicts import PhoneStatus
from contact_pipeline.phones.normalize import normalize_phones
from contact_pipeline.phones.numbering import Engine


class PhoneStore(Protocol):
    """The tables behind this stage. Asked outside of a transaction, written inside of one."""

    def askable_chunks(self) -> Iterator[pd.DataFrame]:
        """phone, region: due numbers of people whom there is a ground to ask about."""
        ...

    def due_chunks(self) -> Iterator[pd.DataFrame]:
        """n, phone, region (ISO 3166-1 alpha-2 or missing)."""
        ...

    def add_verdicts(self, judged: pd.DataFrame) -> None:
        """n, phone and the columns of schemas.JUDGED_PHONES."""
        ...


def ask_about_phones(
    store: PhoneStore, *, processes: int, engine: Engine, ask: Callable[[list[str]], None] | None
) -> None:
    """Ask look-up providers about every due number that the plan has. processes and engine: see normalize_phones.
    ask: as in emails.ask_about_emails, with numbers in E.164.
    """
    if ask is not None:
        for chunk in store.askable_chunks():
            judged = normalize_phones(chunk, processes=processes, engine=engine)
            ask(list(judged.loc[judged["status"] == PhoneStatus.VALID.value, "phone_e164"].unique()))


def judge_due_phones(store: PhoneStore, *, processes: int, engine: Engine) -> None:
    """Every due number against the numbering plans and what look-ups said."""

    def judge(chunk: pd.DataFrame) -> pd.DataFrame:
        judged = normalize_phones(chunk[["phone", "region"]], processes=processes, engine=engine)
        judged.insert(0, "n", chunk["n"])
        judged["phone"] = chunk["phone"]
        return judged

    for judged in work_ahead(store.due_chunks(), judge):
        store.add_verdicts(judged)
