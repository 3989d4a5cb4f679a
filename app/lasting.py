"""How long the session of this request lasts, and what becomes of a form that comes when it is over."""

from __future__ import annotations

import structlog
from flask import Response, after_this_request, request, url_for
from flask import session as cookie

from app.runtime import runtime
from invitations import kept_forms, sign_in_rules, signing_in
from invitations.errors import DatabaseAway, DatabaseBusy
from invitations.kept_forms import Fields, Sent
from invitations.models import Agent, AgentRole, AgentSession

log = structlog.get_logger()

# Forms that are not kept: they hold a password or a number that is not to lie anywhere, or are worth nothing later.
NOT_KEPT = frozenset(
    {
        "joining",
        "kept_forms",
        "my_second_factor",
        "my_security",
        "nir_search",
        "passkeys",
        "passwords",
        "presence",
        "second_step",
        "signing_in",
        "support",
    }
)
NIR_FIELDS = frozenset({"nir", "nir_note"})
NOT_KEPT_FIELDS = NIR_FIELDS | {"csrf_token"}
# The page's own question how long it still is, also of a browser that does not say what asks.
NO_USE = frozenset({"presence.look"})
# What ticks send: nothing that anybody wrote.
TICKS = frozenset({"on", "oui", "non", "y"})


def is_of_a_script() -> bool:
    """True for what a page fetches by itself, as its progress every two seconds; browsers say so, nobody else has to."""
    return request.headers.get("Sec-Fetch-Dest") == "empty" or request.endpoint in NO_USE


def count_as_use(sign_in: AgentSession) -> None:
    """The session goes on from now, if its département lets idle ones end: written once a minute at most, after the page."""
    now = runtime().clock()
    until = sign_in_rules.due_end(sign_in, now=now)
    if until is None or (request.method == "GET" and is_of_a_script()):
        return
    session_id = sign_in.id

    @after_this_request
    def write(response: Response) -> Response:
        try:
            with runtime().database.writing() as writing:
                signing_in.prolong(writing, session_id, until, now=now)
        except (DatabaseBusy, DatabaseAway) as error:
            log.warning("session.use_not_noted", error=type(error).__name__)
        return response


def way_back() -> str | None:
    """Where to go after signing in: this page; for a form that was sent, the page that holds it now.

    The cookie of a session whose time ran out stays until then: a form may come yet, of another tab too.
    """
    desk = last_desk()
    if desk is None:
        cookie.clear()
    if request.method == "GET":
        return request.full_path.rstrip("?")
    return kept_for(desk) if desk is not None else None


def last_desk() -> AgentRole | None:
    """Where whoever has this cookie worked, unless it is nobody's (`kept_forms.whose`)."""
    with runtime().database.reading() as session:
        over = kept_forms.whose(session, cookie.get("token"), now=runtime().clock())
        desk = at_desk(over.agent) if over is not None else None
        session.expunge_all()  # what was read is used afterwards
    return desk


def at_desk(agent: Agent) -> AgentRole | None:
    """The role in which this browser works: what its agent chose, or the first; None for whoever has none."""
    roles = sorted(agent.roles, key=lambda role: role.organisation.name)
    return next((one for one in roles if one.organisation_id == cookie.get("organisation")), next(iter(roles), None))


def leads_to_kept(path: str | None) -> bool:
    """True for the way back to what was sent too late."""
    return path is not None and path.startswith(url_for("kept_forms.show", form_id=0).removesuffix("0"))


def kept_for(desk: AgentRole) -> str | None:
    """The page with what this request has sent, kept for this agent; None for what is not kept, a mere button among it."""
    fields = [(name, value) for name, value in request.form.items(multi=True) if name not in NOT_KEPT_FIELDS]
    if request.blueprint in NOT_KEPT or is_of_a_script() or request.files or not typed(fields):
        return None
    has_nir = any(request.form.get(name) for name in NIR_FIELDS)
    sent = Sent(request.full_path.rstrip("?"), fields, desk.organisation_id, has_nir)
    with runtime().database.writing() as writing:
        form_id = kept_forms.keep(writing, desk.agent_id, sent, seals=runtime().seals, now=runtime().clock())
    return None if form_id is None else url_for("kept_forms.show", form_id=form_id)


def typed(fields: Fields) -> list[str]:
    """What somebody will recognise, however short: words and dates, not the numbers and ticks behind them."""
    said = (value.strip() for _, value in fields)
    return [one for one in said if one and one not in TICKS and not is_behind(one)]


def is_behind(value: str) -> bool:
    """True for a number that a page sends along, as that of a person; one that begins with 0 is a telephone's, or an hour's."""
    return value.isdecimal() and not (len(value) > 1 and value.startswith("0"))
