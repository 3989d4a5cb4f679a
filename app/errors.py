"""Refusal → status and page, one table."""

from __future__ import annotations

import traceback
from types import TracebackType
from typing import Any

import structlog
from flask import Flask, Response, jsonify, render_template, request
from werkzeug.exceptions import BadHost, HTTPException

from app.runtime import runtime
from invitations import errors, helplines
from invitations.helplines import Territory

log = structlog.get_logger()

# The most precise class wins. Every named refusal has its row or its parent's; a house test looks.
PAGES: dict[type[errors.DomainError], tuple[int, str]] = {
    errors.DatabaseBusy: (503, "errors/busy.html"),
    errors.DatabaseAway: (503, "errors/away.html"),
    errors.NotFound: (404, "errors/not_found.html"),
    errors.LinkUnknown: (404, "errors/link_unknown.html"),
    errors.InvitationExpired: (410, "errors/invitation_expired.html"),
    errors.InvitationEnded: (410, "errors/invitation_ended.html"),
    errors.AlreadyBooked: (409, "errors/refused.html"),
    errors.SlotTaken: (409, "errors/refused.html"),
    errors.SessionFull: (409, "errors/refused.html"),
    errors.FewerSeatsThanTaken: (422, "errors/refused.html"),
    errors.SeriesTooLong: (422, "errors/refused.html"),
    errors.Doubtful: (409, "errors/refused.html"),
    errors.OfferOver: (409, "errors/refused.html"),
    errors.ReplyRefused: (422, "errors/refused.html"),
    errors.TooLateToChange: (409, "errors/too_late.html"),
    errors.NotChangeable: (409, "errors/too_late.html"),
    errors.PhoneNeeded: (422, "errors/refused.html"),
    errors.InviteRefused: (409, "errors/refused.html"),
    errors.NotExtendable: (409, "errors/refused.html"),
    errors.TooLateToTakeBack: (409, "errors/refused.html"),
    errors.TrialRefused: (422, "errors/refused.html"),
    errors.TrialOver: (409, "errors/refused.html"),
    errors.AlreadyDrawn: (409, "errors/refused.html"),
    errors.OpeningRefused: (422, "errors/refused.html"),
    errors.CalendarRefused: (422, "errors/refused.html"),
    errors.WebhookRefused: (422, "errors/refused.html"),
    errors.SettingRefused: (422, "errors/refused.html"),
    errors.MergeRefused: (409, "errors/refused.html"),
    errors.LetterRefused: (409, "errors/refused.html"),
    errors.UploadRefused: (422, "errors/refused.html"),
    errors.ImportClosed: (409, "errors/refused.html"),
    errors.ImportStays: (409, "errors/refused.html"),
    errors.ErasureRefused: (409, "errors/refused.html"),
    errors.MachineRefused: (422, "errors/refused.html"),
    errors.WrongCredentials: (401, "errors/refused.html"),
    errors.TooManyAttempts: (429, "errors/too_many.html"),
    errors.EmailTaken: (409, "errors/refused.html"),
    errors.AgentLinkUnknown: (404, "errors/agent_link_over.html"),
    errors.LinkOver: (410, "errors/agent_link_over.html"),
    errors.PasswordRefused: (422, "errors/refused.html"),
    errors.LastAdministrator: (409, "errors/refused.html"),
    errors.AccountClosed: (409, "errors/refused.html"),
    errors.AlreadyColleague: (409, "errors/refused.html"),
    errors.NirBeingErased: (409, "errors/refused.html"),
    errors.SealLost: (503, "errors/seal_lost.html"),
    errors.NotInSupport: (403, "errors/not_in_support.html"),
    errors.NotAllowed: (403, "errors/not_allowed.html"),
}

# Seconds after which another try is worth it: a write takes milliseconds, a database that is away comes back later.
RETRY_AFTER = {errors.DatabaseBusy: "5", errors.DatabaseAway: "60"}
# What machines call: they read no page.
MACHINES = ("/api/", "/hooks/", "/sante", "/metrics")

# The API's own shape of an error, also where no endpoint answers (app/api/v1).
API = "/api/v1/"


def page_of(refusal: type[errors.DomainError]) -> tuple[int, str]:
    """The status and template of a refusal. Raises KeyError when neither it nor a parent has a row."""
    for kind in refusal.__mro__:
        if kind in PAGES:
            return PAGES[kind]
    raise KeyError(refusal.__name__)


class Application(Flask):
    """Flask, but for what it writes of an unexpected failure: its own line holds the address, and so a link's code."""

    def log_exception(self, exc_info: Any) -> None:
        kind, _, trace = exc_info
        log.error("page.broke", endpoint=request.endpoint, error=kind.__name__, where=where_it_broke(trace))


def where_it_broke(trace: TracebackType | None) -> str:
    """File and line of a failure; its message may quote what people typed, and is left out of logs."""
    last = traceback.extract_tb(trace)[-1]
    return f"{last.filename}:{last.lineno}"


def install(flask: Flask) -> None:
    flask.register_error_handler(errors.DomainError, tell_refusal)
    flask.register_error_handler(HTTPException, tell_http_error)
    flask.jinja_env.globals["whom_to_call"] = whom_to_call


def tell_refusal(refusal: errors.DomainError) -> tuple[str | Response, int, dict[str, str]]:
    status, template = page_of(type(refusal))
    if isinstance(refusal, errors.DatabaseAway):
        log_away(refusal)
    after = RETRY_AFTER.get(type(refusal))
    headers = {"Retry-After": after} if after else {}
    if wants_json():
        return jsonify(error=type(refusal).__name__), status, headers
    page = render_template(template, refusal=refusal, for_agents=request.path.startswith("/agents"))
    return page, status, headers


def tell_http_error(error: HTTPException) -> tuple[str | Response, int] | HTTPException:
    if error.code is None or error.code < 400 or isinstance(error, BadHost):  # where no host is, no page has addresses
        return error
    if request.path.startswith(API):
        return (jsonify(not_found="Route") if error.code == 404 else jsonify(errors=[error.name])), error.code
    if wants_json():
        return jsonify(error=error.name.title().replace(" ", "")), error.code
    return render_template("errors/http.html", error=error, for_agents=request.path.startswith("/agents")), error.code


def wants_json() -> bool:
    """True for machines, and for whoever asks for JSON rather than for a page."""
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return request.path.startswith(MACHINES) or best == "application/json"


def log_away(refusal: errors.DatabaseAway) -> None:
    """What failed and where; the driver's own words hold the database's address."""
    cause = refusal.__cause__ or refusal
    log.error("database.away", error=refusal.details["error"], where=where_it_broke(cause.__traceback__))


def whom_to_call() -> list[Territory]:
    """The teams that answer, for pages that know no person; none when the database can't say."""
    try:
        with runtime().database.reading() as session:
            return helplines.read(session)
    except (errors.DatabaseBusy, errors.DatabaseAway):
        return []
