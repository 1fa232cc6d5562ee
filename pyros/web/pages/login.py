"""Log in, log out, and the change of a one-time password."""

from __future__ import annotations

from functools import partial

from aiohttp import web

from pyros.domain.user import AccountState, User
from pyros.errors import PyrosError
from pyros.store import users
from pyros.store.writer import Write
from pyros.web import cookies
from pyros.web.audit import note
from pyros.web.auth.passwords import problems
from pyros.web.formats import duration
from pyros.web.keys import BRIDGE, PARTS, PASSWORDS, SESSION, SESSIONS, THROTTLE, USER
from pyros.web.log_in import now
from pyros.web.origin import own_path, place
from pyros.web.reading import read
from pyros.web.render import render

WRONG = "This name and password do not belong together, or the account is not active."
LONGEST_NAME, LONGEST_PASSWORD = 254, 128


async def page(request: web.Request) -> web.StreamResponse:
    """Show the form; whoever has logged in goes on."""
    wanted = own_path(request.query.get("next", "/"))
    if USER in request:
        raise web.HTTPSeeOther(wanted)
    return _form(request, next_=wanted)


async def log_in(request: web.Request) -> web.StreamResponse:
    """Try a name and a password; the answer never says which of them is wrong."""
    form = await request.post()
    email, password = _text(form.get("email"), LONGEST_NAME), _text(form.get("password"), 1024)
    wanted = own_path(_text(form.get("next"), 512) or "/")
    throttle, seconds = request.app[THROTTLE], request.app[PARTS].watch.real_monotonic()
    marks = request.cookies.get(cookies.marks_name(request), "")
    who = throttle.who(email, place(request), marks)
    wait_s = throttle.wait_s(who, seconds)
    if wait_s > 0.0:
        text = f"Too many tries: the next one is allowed in {duration(wait_s)}."
        return _form(request, status=429, email=email, next_=wanted, text=text, wait_s=wait_s)
    user = await _known(request, email, password)
    if user is None:
        throttle.failed(who, seconds)
        note(request, action="log in", who=email, outcome="REFUSED", reason="wrong")
        return _form(request, status=403, email=email, next_=wanted, text=WRONG)
    throttle.succeeded(who)
    return _welcome(request, user, wanted, throttle.device_mark(email))


async def _known(request: web.Request, email: str, password: str) -> User | None:
    """Return the account if the password is its own and it may log in."""
    user = await read(request.app, lambda session: users.by_email(session, email))
    stored = user.password_hash if user is not None else None
    verdict = await request.app[PASSWORDS].verify(stored, password)
    if user is None or not verdict.right or user.state is not AccountState.ACTIVE:
        return None
    if verdict.stale:
        await _keep(request, user.id, await request.app[PASSWORDS].hash(password), forced=True)
    return user


def _welcome(request: web.Request, user: User, wanted: str, mark: str) -> web.StreamResponse:
    secret, _ = request.app[SESSIONS].open(user, now(request))
    note(request, action="log in", who=user.email)
    response = web.HTTPSeeOther("/password" if user.must_change_password else wanted)
    cookies.set_session(request, response, secret)
    cookies.add_mark(request, response, mark)
    raise response


def _form(  # noqa: PLR0913  what stands in it
    request: web.Request,
    *,
    status: int = 200,
    email: str = "",
    next_: str = "/",
    text: str = "",
    wait_s: float = 0.0,
) -> web.Response:
    context = {"email": email, "next": next_, "text": text}
    response = render(request, "login.html", context, status=status)
    if wait_s:
        response.headers["Retry-After"] = str(max(1, round(wait_s)))
    return response


async def log_out(request: web.Request) -> web.StreamResponse:
    """End this log-in, here and in every tab."""
    request.app[SESSIONS].close(request[SESSION], now(request))
    note(request, action="log out")
    response = web.HTTPSeeOther("/login")
    cookies.end_session(request, response)
    raise response


async def password_page(request: web.Request) -> web.StreamResponse:
    """Show the form for a new password."""
    return _password_form(request, ())


async def change_password(request: web.Request) -> web.StreamResponse:
    """Take a new password; every other log-in of the account ends, this one goes on anew."""
    form, user = await request.post(), request[USER]
    old, new = _text(form.get("old"), 1024), _text(form.get("new"), 1024)
    wrong = problems(new, again=_text(form.get("again"), 1024), email=user.email, old=old)
    if not (await request.app[PASSWORDS].verify(user.password_hash, old)).right:
        wrong = ("the present password is not right", *wrong)
    if wrong:
        return _password_form(request, wrong)
    await _keep(request, user.id, await request.app[PASSWORDS].hash(new))
    fresh = await read(request.app, lambda session: users.by_id(session, user.id))
    sessions, at = request.app[SESSIONS], now(request)
    sessions.close_all(user.id, at)
    note(request, action="change password")
    secret, _ = sessions.open(fresh or user, at)
    response = web.HTTPSeeOther("/")
    cookies.set_session(request, response, secret)
    raise response


async def _keep(
    request: web.Request, account_id: int, hashed: str, *, forced: bool = False
) -> None:
    """Have a hash written; raises StoreUnavailable or NotRunning unless it may wait."""
    parts = request.app[PARTS]
    work = partial(users.set_password, account_id=account_id, password_hash=hashed)
    write = Write(work=work, what="new password")
    try:
        await request.app[BRIDGE].ask(parts.address(parts.writer), write, timeout_s=5.0)
    except PyrosError:
        if not forced:
            raise


def _password_form(request: web.Request, wrong: tuple[str, ...]) -> web.Response:
    context = {"problems": wrong, "forced": request[USER].must_change_password}
    status = 422 if wrong else 200
    return render(request, "password.html", context, status=status)


def _text(value: object, longest: int) -> str:
    return value[:longest] if isinstance(value, str) else ""
