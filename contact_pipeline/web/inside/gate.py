"""Before every page: who asks, whether they may, and whether a form is one of ours. A GET changes nothing."""

import asyncio
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import quote

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from contact_pipeline.core.causes import cause_of
from contact_pipeline.core.errors import ContactPipelineError, TransientError, UsageError
from contact_pipeline.stage.session import Session
from contact_pipeline.web.inside.accounts import User, user_by_name
from contact_pipeline.web.inside.asked import Asked, NotFound
from contact_pipeline.web.inside.forms import read_form
from contact_pipeline.web.inside.rendering import render
from contact_pipeline.web.inside.roles import ROLES
from contact_pipeline.web.inside.sessions import COOKIE, Sessions, SignedIn
from contact_pipeline.web.serving import BY_PROXY

Handler = Callable[[Asked], Response]
OF_PROXY = "by a proxy:"  # an id for the tokens of forms of whom a proxy signs in


@dataclass(frozen=True)
class Gate:
    """watches: whether dropped files are taken in by themselves (`up`)."""

    session: Session
    sessions: Sessions
    watches: bool

    def page(
        self, name: str, handler: Handler, *, doing: str | None = None, takes_file: bool = False
    ) -> Callable[[Request], object]:
        """An endpoint. name: of the menu. doing: what the role must be allowed, for a POST; None: nobody may."""

        async def answer(request: Request) -> Response:
            is_post, form = request.method == "POST", FormData()
            try:
                signed_in = await asyncio.to_thread(self.who, request)
                if signed_in is None:
                    return _sign_in(request, is_post=is_post)
                role = ROLES[signed_in.user.role]
                if name not in role.pages or (is_post and doing not in role.may):
                    return _refused(signed_in.user)
                limit = self.session.policy.limits.max_file_mb << 20 if takes_file else 0
                if is_post:
                    form = await read_form(request, most_file_bytes=limit)
                if is_post and not self.sessions.is_token(signed_in.id, str(form.get("token", ""))):
                    return told(403, "This form is too old, or not ours", "Load the page again and send it once more.")
                asked = Asked(
                    session=replace(self.session, actor=signed_in.user.name),
                    user=signed_in.user,
                    page=name,
                    path=request.path_params,
                    query=request.query_params,
                    form=form,
                    token=self.sessions.token(signed_in.id),
                    is_post=is_post,
                    url=request.url.path,
                    watches=self.watches,
                )
                return await asyncio.to_thread(handler, asked)
            except NotFound as error:
                return told(404, "Not found", str(error))
            except UsageError as error:
                return told(400, "That does not work", str(error))
            except TransientError:
                return told(503, "Not right now", "The database does not answer. Try again in a moment.")
            except ContactPipelineError as error:
                return told(500, "This page cannot be made", str(error))
            except Exception as error:  # its text may quote a row: the kind must do, here and on the terminal
                sys.stderr.write(f"The page {name} could not be made: {cause_of(error)}.\n")
                return told(
                    500, "This page cannot be made", f"A fault of the program: {type(error).__name__}. Report it."
                )
            finally:
                await form.close()  # and the file that came with it

        return answer

    def who(self, request: Request) -> SignedIn | None:
        """By the header of a proxy that the policy trusts, else by the cookie."""
        header = self.session.policy.web.trusted_user_header
        cookie = request.cookies.get(COOKIE, "")
        if header and request.scope.get(BY_PROXY):
            names = request.headers.getlist(header)
            with self.session.connection("page") as connection:
                user = user_by_name(connection, names[0].strip().lower()) if len(names) == 1 else None
            return SignedIn(user, OF_PROXY + user.name) if user else None
        if not cookie:
            return None
        with self.session.connection("page") as connection:
            return self.sessions.find(connection, cookie)


def told(status: int, title: str, text: str) -> Response:
    """A page that says why there is none."""
    return render("told.html", status=status, title=title, text=text)


def _sign_in(request: Request, *, is_post: bool) -> Response:
    """Back to where they wanted to go, once they are in."""
    if is_post:
        return told(401, "You are not signed in any more", "Nothing was changed. Sign in and do it once more.")
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse("/sign-in" if wanted == "/" else f"/sign-in?next={quote(wanted, safe='')}", 303)


def _refused(user: User) -> Response:
    return told(403, "Not for your role", f"You are signed in as {user.name}, {ROLES[user.role].title.lower()}.")
