"""In and out. Sign-in is slow for whoever guesses: by client, by name, and by Argon2."""

import asyncio

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from contact_pipeline.core.errors import ContactPipelineError, UsageError
from contact_pipeline.stage.session import Session
from contact_pipeline.web.inside.accounts import has_any_user, user_by_password
from contact_pipeline.web.inside.forms import read_form
from contact_pipeline.web.inside.gate import Gate, told
from contact_pipeline.web.inside.rendering import render
from contact_pipeline.web.inside.sessions import COOKIE, Sessions, max_age_s
from contact_pipeline.web.pace import Pace

TRIES_A_MINUTE = 10


class SigningIn:
    """The form, and the way out."""

    def __init__(self, session: Session, sessions: Sessions, gate: Gate) -> None:
        self._session = session
        self._sessions = sessions
        self._gate = gate
        self._clients, self._names = Pace(TRIES_A_MINUTE), Pace(TRIES_A_MINUTE)

    async def sign_in(self, request: Request) -> Response:
        """GET: the form. POST: the cookie, or the form again; which does not say whether the name is known."""
        wanted = _own_path(request.query_params.get("next", "/"))
        try:
            if request.method != "POST":
                return await self._form(wanted)
            form = await read_form(request)
            name, password = str(form.get("name", "")).strip().lower(), str(form.get("password", ""))
            if not self._sessions.is_form_token(str(form.get("token", ""))):
                return await self._form(wanted, 403, "The form was too old. Try once more.")
            client = request.client.host if request.client else ""
            if not (self._clients.lets(client) and self._names.lets(name[:64])):
                return await self._form(wanted, 429, "Too many tries. Wait a minute.")
            cookie = await asyncio.to_thread(self._try, name, password)
        except UsageError as error:
            return told(400, "That does not work", str(error))
        except ContactPipelineError:
            return told(503, "Not right now", "The database does not answer. Try again in a moment.")
        if cookie is None:
            return await self._form(wanted, 401, "Name and password do not belong together.")
        answer = RedirectResponse(wanted, 303)
        answer.set_cookie(
            COOKIE,
            cookie,
            max_age=max_age_s(self._session),
            path="/",
            secure=request.url.scheme == "https",
            httponly=True,
            samesite="strict",
        )
        return answer

    async def sign_out(self, request: Request) -> Response:
        """POST only, by a form of ours: nobody else signs you out."""
        try:
            form = await read_form(request)
            signed_in = await asyncio.to_thread(self._gate.who, request)
            if signed_in and self._sessions.is_token(signed_in.id, str(form.get("token", ""))):
                await asyncio.to_thread(self._end, request)
        except ContactPipelineError as error:
            return told(400, "That does not work", str(error))
        answer = RedirectResponse("/sign-in", 303)
        answer.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
        return answer

    async def _form(self, wanted: str, status: int = 200, fault: str = "") -> Response:
        token = self._sessions.form_token()
        has_users = await asyncio.to_thread(self._has_users)
        return render("sign_in.html", status=status, token=token, fault=fault, wanted=wanted, has_users=has_users)

    def _has_users(self) -> bool:
        with self._session.connection("page") as connection:
            return has_any_user(connection)

    def _try(self, name: str, password: str) -> str | None:
        with self._session.connection("sign-in") as connection:
            user = user_by_password(connection, name, password)
            return self._sessions.begin(connection, user) if user else None

    def _end(self, request: Request) -> None:
        with self._session.connection("sign-out") as connection:
            if found := self._sessions.find(connection, request.cookies.get(COOKIE, "")):
                self._sessions.end(connection, found)


def _own_path(wanted: str) -> str:
    """A path of this server: never another host's, in whatever writing a browser would follow."""
    is_own = (
        wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable() and "\\" not in wanted
    )
    return wanted if is_own else "/"
