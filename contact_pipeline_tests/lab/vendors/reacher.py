"""A self-hosted Reacher (check-if-email-exists 0.11.7), /v1/check_email: free, with or without a header secret."""

from typing import Any

from contact_pipeline.core.providers import Layer
from contact_pipeline_tests.lab.facts import MAILBOX, Documented, Facts
from contact_pipeline_tests.lab.truth import Mailbox, mailbox_of
from contact_pipeline_tests.lab.vendor import Request, Response, Vendor

# The smtp part where it is not that of a good mailbox; with `type`, the server could not be asked.
_TRUTH: dict[Mailbox, dict[str, Any]] = {
    Mailbox.NO_MAILBOX: {"is_deliverable": False},
    Mailbox.DISABLED: {"is_deliverable": False, "is_disabled": True},
    Mailbox.FULL: {"is_deliverable": False, "has_full_inbox": True},
    Mailbox.CATCH_ALL: {"is_catch_all": True},
    Mailbox.GREYLISTED: {"type": "AsyncSmtpError", "message": "transient: 4.7.1 Greylisted, come back in 5 minutes"},
    Mailbox.SILENT: {"type": "Timeout", "message": {"secs": 10, "nanos": 0}},
}


class Reacher(Vendor):
    """key: its header secret; "" asks for none. Domains under `nomx.` have no MX record."""

    name = "reacher"

    def answer(self, request: Request) -> Response:
        if (request.method, request.path) != ("POST", "/v1/check_email"):
            return Response("Not Found", 404, "text/plain; charset=utf-8")
        if self.key:  # checked before the body, and not in JSON
            secret = request.headers.get("x-reacher-secret")
            if secret != self.key:
                word = "Missing" if secret is None else "Invalid"
                return Response(f'{word} request header "x-reacher-secret"', 400, "text/plain; charset=utf-8")
        address = request.json.get("to_email")
        if not address:
            return Response({"error": "to_email field is required."}, 400)
        self.bill(address, 0)
        if "@" not in address:
            return Response(output(address, is_sound=False))
        if address.partition("@")[2].startswith("nomx."):
            return Response(output(address, has_mx=False))
        mailbox = mailbox_of(address)
        smtp = _TRUTH.get(mailbox, {})
        misc = {"is_role_account": mailbox is Mailbox.ROLE, "is_disposable": mailbox is Mailbox.DISPOSABLE}
        return Response(output(address, smtp=fault(**smtp) if "type" in smtp else smtp, misc=misc))


def fault(type: str, message: Any = "", description: str | None = None) -> dict[str, Any]:
    """The smtp part where the server could not be asked."""
    return {"error": {"type": type, "message": message}} | ({"description": description} if description else {})


def output(
    address: str,
    *,
    smtp: dict[str, Any] | None = None,
    misc: dict[str, Any] | None = None,
    is_sound: bool = True,
    has_mx: bool = True,
) -> dict[str, Any]:
    """The body for an address; good but for what is given. Without sound syntax or MX nothing else is looked at."""
    is_asked = is_sound and has_mx
    name, _, domain = address.partition("@")
    flags = {
        "can_connect_smtp": is_asked,
        "has_full_inbox": False,
        "is_catch_all": False,
        "is_deliverable": is_asked,
        "is_disabled": False,
    }
    host = smtp if smtp and "error" in smtp else flags | (smtp or {})
    rest = {"is_disposable": False, "is_role_account": False, "is_b2c": False, "gravatar_url": None}
    rest |= {"haveibeenpwned": None} | (misc or {})
    return {
        "input": address,
        "is_reachable": _reachable(rest, host) if is_asked else "invalid",
        "misc": rest,
        "mx": {"accepts_mail": is_asked, "records": [f"mx.{domain}."] if is_asked else []},
        "smtp": host,
        "syntax": {
            "address": address if is_sound else None,
            "domain": domain,
            "is_valid_syntax": is_sound,
            "username": name if is_sound else "",
            "normalized_email": address if is_sound else None,
            "suggestion": None,
        },
        "debug": {"backend_name": "lab", "duration": {"secs": 0, "nanos": 1}},
    }


def _reachable(misc: dict[str, Any], smtp: dict[str, Any]) -> str:
    """Reacher's own rule (core/src/lib.rs): role, disposable, catch-all or full is risky before it is invalid."""
    if "error" in smtp:
        return "unknown"
    if misc["is_disposable"] or misc["is_role_account"] or smtp["is_catch_all"] or smtp["has_full_inbox"]:
        return "risky"
    if not smtp["is_deliverable"] or not smtp["can_connect_smtp"] or smtp["is_disabled"]:
        return "invalid"
    return "safe"


FACTS = Facts(
    simulator=Reacher,
    samples={Layer.MAILBOX: MAILBOX},
    documented=(Documented((Layer.MAILBOX,), ((60, 60.0),)),),
    unread=("credits",),
    no_credits=None,
)
