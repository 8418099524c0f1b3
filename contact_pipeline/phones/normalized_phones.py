"""normalized_phones: a drop's due numbers, against the numbering plans and what look-ups say."""

from functools import partial

import pandas as pd

from contact_pipeline.asking.watch import watch_vendors
from contact_pipeline.core.lookahead import work_ahead
from contact_pipeline.core.providers import Layer
from contact_pipeline.core.report import StageReport
from contact_pipeline.core.verdicts import PhoneStatus
from contact_pipeline.phones.checks import FIT_SCHEMA, STAGE, WORDS_KNOWN
from contact_pipeline.phones.normalize import judge_phones
from contact_pipeline.phones.numbering import RULES_VERSION, Engine
from contact_pipeline.phones.store import PhoneStore
from contact_pipeline.stage.holding import Stage
from contact_pipeline.stage.judging import drop_verdicts, questions_of
from contact_pipeline.stage.runs import fingerprint, stage_of_drop
from contact_pipeline.stage.session import Session


def normalize_phones(session: Session, drop_key: str) -> StageReport:
    """Judge every due number of one drop; a look-up that fails makes none invalid."""
    policy, version = session.policy.phone, phone_version(session)
    judge = partial(_judged, processes=session.phone_processes, engine=policy.engine)
    with (
        stage_of_drop(session, STAGE, drop_key) as stage,
        questions_of(stage, {Layer.CARRIER: policy.refresh_days}, session.key.phone) as questions,
    ):
        store = PhoneStore(stage, rules=version, refresh_days=policy.refresh_days)
        if store.find_due() and questions:
            for chunk in store.askable_chunks():
                judged = judge_phones(chunk, processes=session.phone_processes, engine=policy.engine)
                questions(list(judged.loc[judged["status"] == PhoneStatus.VALID.value, "phone_e164"].unique()))
                store.note_shortfall(questions.shortfall())
        with store.writing():  # one transaction; nobody is asked any more
            if store.due:
                for judged in work_ahead(store.due_chunks(), judge):
                    store.add_verdicts(judged)
            verdicts = drop_verdicts(stage, store, version)
            watched = watch_vendors(stage.connection, drop_key, questions, session.policy.alerts, {})
            checks = (
                FIT_SCHEMA.held(store.refused == 0, {"refused": store.refused}),
                WORDS_KNOWN.held(not watched.unmapped, watched.unmapped),
            )
            return verdicts.report(checks, questions)


def phone_version(session: Session) -> str:
    """Rules and switches, hashed: it stands in every contact. When either changes, every verdict is due again."""
    return fingerprint(RULES_VERSION, session.policy.phone.line_status, *session.vendors.of(Layer.CARRIER))


def _judged(chunk: pd.DataFrame, *, processes: int, engine: Engine) -> pd.DataFrame:
    """n, phone and the columns of schemas.JUDGED_PHONES."""
    judged = judge_phones(chunk[["phone", "region"]], processes=processes, engine=engine)
    judged.insert(0, "n", chunk["n"])
    judged["phone"] = chunk["phone"]
    return judged


NORMALIZED_PHONES = Stage(STAGE, normalize_phones)
