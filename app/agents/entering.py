"""What every way of signing in ends with: a session, a mark on the device, and the page that was asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import redirect, request, url_for
from flask import session as cookie
from werkzeug.wrappers import Response

from app.runtime import runtime
from app.security import cookie_name
from invitations import sign_in_tries, signing_in
from invitations.sign_in_tries import Origin

DEVICE_COOKIE = "rdv_appareil"
REMEMBERED_FOR = timedelta(days=365)
# How long whoever gave the right password may look for their telephone.
HALF_LASTS = timedelta(minutes=10)
HALF = "half"
# In the address of the sign-in page: whoever is signed in is asked all the same, at their provider too.
AGAIN = "de_nouveau"


def origin() -> Origin:
    """From where this request comes."""
    return Origin(request.remote_addr or "", mark_of_device())


def mark_of_device() -> str:
    """What this device carries since an account signed in on it; may be empty."""
    return request.cookies.get(cookie_name(DEVICE_COOKIE, runtime().settings.public_url), "")


def enter(
    agent_id: int,
    email: str,
    *,
    second_factor: bool,
    after: str | None = None,
    sign_on_sid: str | None = None,
    is_fresh: bool = True,
) -> Response:
    """Open the session, and end the one that this browser had. Needs no transaction of the caller's: it has a short one.

    `is_fresh` False: a provider knew them, and did not ask.
    """
    before = cookie.get("token")
    clear_but_desk()
    now = runtime().clock()
    with runtime().database.writing() as writing:
        signing_in.sign_out(writing, before, now=now)
        cookie["token"] = signing_in.open_session(
            writing,
            agent_id,
            now=now,
            user_agent=request.user_agent.string,
            second_factor=second_factor,
            sign_on_sid=sign_on_sid,
            proved_at=now if is_fresh else None,
        )
    return remember_device(redirect(way_back(after), 303), email)


def clear_but_desk() -> None:
    """Nothing of before stays but where one worked: after an idle session one is back there. Who has no role there is not."""
    organisation_id = cookie.get("organisation")
    cookie.clear()
    if organisation_id is not None:
        cookie["organisation"] = organisation_id


def remember_device(answer: Response, email: str) -> Response:
    """Leave a mark: nobody who tries from elsewhere shuts this device out."""
    mark, public_url = mark_of_device(), runtime().settings.public_url
    if not sign_in_tries.knows(mark, email, runtime().codes):
        mark = sign_in_tries.make_mark(email, runtime().codes)
    answer.set_cookie(
        cookie_name(DEVICE_COOKIE, public_url),
        mark,
        max_age=REMEMBERED_FOR,
        secure=public_url.startswith("https://"),
        httponly=True,
        samesite="Lax",
    )
    return answer


def ask_second_step(agent_id: int, email: str, after: str | None, sign_on_sid: str | None = None) -> Response:
    """The password was right, and does not open this account alone."""
    clear_but_desk()
    until = runtime().clock() + HALF_LASTS
    cookie[HALF] = {"agent": agent_id, "email": email, "until": until.isoformat(), "sid": sign_on_sid}
    return redirect(url_for("second_step.form", suite=after), 303)


@dataclass(frozen=True, slots=True)
class HalfWay:
    """An agent who has proved half of what opens the account. `sign_on_sid`: where, unless it was the password."""

    agent_id: int
    email: str
    sign_on_sid: str | None


def half_way() -> HalfWay | None:
    """Whose password was right a moment ago; None when there is nobody."""
    half = cookie.get(HALF)
    if not half or datetime.fromisoformat(half["until"]) <= runtime().clock():
        return None
    return HalfWay(half["agent"], half["email"], half["sid"])


def way_back(after: str | None) -> str:
    """Where the agent wanted to go, if that is one of our own agents' pages; a link can't lead elsewhere."""
    if after and (after == "/agents" or after.startswith("/agents/")) and after.isprintable() and "\\" not in after:
        return after
    return url_for("today.show")


def is_again() -> bool:
    """True when somebody who is signed in proves anew who they are."""
    return bool(request.args.get(AGAIN))
