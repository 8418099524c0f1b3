"""The tables behind the e-mail stage."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta

import pandas as pd
import pyarrow as pa

from contact_pipeline.adapters.postgres.bulk import bytea, copy_frame
from contact_pipeline.adapters.postgres.engine import beside, statements
from contact_pipeline.emails.address_keys import remember_address_keys
from contact_pipeline.emails.mailbox import with_findings
from contact_pipeline.schemas.judged import JUDGED_EMAILS
from contact_pipeline.stage.verdict_store import VerdictStore

STEPS = beside(__file__)


class EmailStore(VerdictStore):
    """Addresses of one drop. Asked outside of a transaction, written inside of one."""

    steps = STEPS
    table = JUDGED_EMAILS
    chunk_rows = 50_000
    chunk_kinds: Mapping[str, pa.DataType] = {
        "n": pa.int64(), "email": pa.string(), "domain_status": pa.string(), "domain_sub_status": pa.string(),
        "call_outcome": pa.string(), "call_status": pa.string(), "call_reason": pa.string(), "call_rests": pa.bool_(),
        "is_askable": pa.bool_(), "mailbox_call": pa.int64(),
        "mailbox_score": pa.int64(), "mailbox_is_catch_all": pa.bool_(), "mailbox_is_disposable": pa.bool_(),
        "mailbox_is_role": pa.bool_(),
    }  # fmt: skip
    askable_kinds: Mapping[str, pa.DataType] = {"email": pa.string()}
    write_steps = (
        "update_contacts", "update_activity", "update_points", "insert_validations", "insert_mailbox_validations",
        "insert_activity_validations",
    )  # fmt: skip
    answer_steps = frozenset({"update_activity", "insert_mailbox_validations", "insert_activity_validations"})

    def due_chunks(self) -> Iterator[pd.DataFrame]:
        """n, email, domain_status, domain_sub_status, mailbox_call, and the mailbox columns of judge_emails."""
        for chunk in super().due_chunks():
            yield with_findings(chunk, self._shortfall.reason)

    def unknown_domains(self) -> Iterator[str]:
        """Domains of due addresses, as written there (lower case), whose answer is missing or has expired.

        A server-side cursor: a million domains never stand in memory at once.
        """
        self._steps.run("create_answers")
        with self.connection.cursor("unknown_domains", withhold=True) as cursor:  # it stays without a transaction
            for (domain,) in cursor.execute(statements(STEPS)["unknown_domains"], self._parameters):
                yield domain

    def remember_domains(self, answers: pd.DataFrame) -> None:
        """domain, verdict, reason, ttl_seconds, mail_host_family. Kept even when the stage fails later."""
        expires = [self._now + timedelta(seconds=int(ttl)) for ttl in answers["ttl_seconds"]]
        frame = answers.drop(columns="ttl_seconds").assign(expires_at=pd.Series(expires, index=answers.index))
        with self.connection.transaction():
            copy_frame(self.connection, "answers", frame)
            self._steps.run("remember_domains", "forget_answers")

    @contextmanager
    def writing(self) -> Iterator[None]:
        """See VerdictStore."""
        if self.due:
            self._steps.run("analyze_domains")  # inside it would keep ANALYZE's lock against other drops
        with super().writing():
            yield

    def add_verdicts(self, judged: pd.DataFrame) -> None:
        """n, email and the columns of schemas.JUDGED_EMAILS."""
        keys = bytea(None if pd.isna(value) else self._key.email(value) for value in judged["email"])
        remember_address_keys(self.connection, judged["email"].dropna().unique(), self._key)
        self.add(judged.drop(columns="email").assign(email_key=keys))
