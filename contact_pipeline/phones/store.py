"""The tables behind the phone stage."""

from collections.abc import Mapping

import pandas as pd
import pyarrow as pa

from contact_pipeline.adapters.postgres.bulk import bytea
from contact_pipeline.adapters.postgres.engine import beside
from contact_pipeline.schemas.judged import JUDGED_PHONES
from contact_pipeline.stage.verdict_store import VerdictStore

STEPS = beside(__file__)


class PhoneStore(VerdictStore):
    """Numbers of one drop. Asked outside of a transaction, written inside of one."""

    steps = STEPS
    table = JUDGED_PHONES
    chunk_rows = 100_000  # larger: each chunk may start a pool of processes
    chunk_kinds: Mapping[str, pa.DataType] = {"n": pa.int64(), "phone": pa.string(), "region": pa.string()}
    askable_kinds: Mapping[str, pa.DataType] = {"phone": pa.string(), "region": pa.string()}
    write_steps = (
        "add_lookups", "update_contacts", "update_points", "insert_validations", "insert_lookup_validations",
    )  # fmt: skip
    answer_steps = frozenset({"insert_lookup_validations"})  # add_lookups also notes what fell short

    def add_verdicts(self, judged: pd.DataFrame) -> None:
        """n, phone and the columns of schemas.JUDGED_PHONES."""
        keys = bytea(None if pd.isna(value) else self._key.phone(value) for value in judged["phone_e164"])
        self.add(judged.drop(columns="phone").assign(phone_key=keys))
