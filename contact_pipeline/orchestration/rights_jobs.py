"""Jobs that serve a request which the desk wrote down: given its number and a one-time token, no value of a person."""

from functools import partial
from typing import Any

import dagster as dg

from contact_pipeline.orchestration.failures import RETRIES, value_free
from contact_pipeline.orchestration.resources import SessionResource
from contact_pipeline.schemas.rights import REQUEST_KINDS

_SAYS = {
    "access": "Everything held of a person as a ZIP in HOME/exports (GDPR Art. 15).",
    "export": "What was provided of a person as a ZIP in HOME/exports (GDPR Art. 20).",
    "rectify": "What a person says is wrong becomes right (GDPR Art. 16).",
    "restrict": "A person's data are kept and not used, or used again (GDPR Art. 18).",
    "object": "A person objects: no channel is used any more (GDPR Art. 21).",
    "erase": "Whatever is held of a person goes, and a search proves it (GDPR Art. 17).",
}


class RequestConfig(dg.Config):
    """request_id: number of the request (ops.subject_requests.id; `contact-pipeline requests open` says it).

    token: what `contact-pipeline requests identity REF --how TEXT` said; good for one run, within a day.
    """

    request_id: int
    token: str


def _job_for(kind: str) -> dg.JobDefinition:
    @dg.op(name=f"serve_{kind}", description=_SAYS[kind], retry_policy=RETRIES)
    def serve(context: dg.OpExecutionContext, config: RequestConfig, session: SessionResource) -> None:
        with value_free():
            # At its turn: spares the code location up to 3 s of imports (pandas, pandera, phonenumbers) at every start.
            from contact_pipeline.esp.erasing import erase_there_or_say
            from contact_pipeline.rights.job_tokens import redeem_token
            from contact_pipeline.rights.serving import serve_request

            redeem_token(session.get(), config.request_id, kind=kind, token=config.token, run_id=context.run_id)
            erasing: dict[str, Any] = {}
            if kind == "erase":
                erasing["on_erased"] = partial(erase_there_or_say, session.get(), context.log.info)
            done = serve_request(session.get(), config.request_id, kind=kind, **erasing)
            # Why one was refused is somebody's own words; what was done is words of ours and counts.
            what = done["outcome"] if done["state"] == "done" else "nothing to do"
            when = "now" if done["is_served"] else "before"
            context.log.info(f"request {config.request_id} {done['state']} {when}: {what}")

    @dg.job(name=f"subject_{kind}", description=_SAYS[kind])
    def job() -> None:
        serve()

    return job


rights_jobs = [_job_for(kind) for kind in REQUEST_KINDS]
