"""Réglages, messages: which are in the service's own words, and the page on which one is worded and tried."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import HiddenField, SearchField, StringField, TextAreaField

from app.access import Desk, admin_page, checking_admin_page
from app.agents import own_texts_words
from app.agents.french_form import FrenchForm, complain
from app.agents.own_texts_words import CHANNELS, MOMENTS, Moment
from app.agents.settings import saved
from app.runtime import runtime
from app.security import row_id
from invitations import organisation_settings, own_texts, own_texts_preview, reply_hint
from invitations.errors import NotFound, OwnTextRefused
from invitations.models import Channel, OwnText
from invitations.own_texts_examples import Tried
from invitations.own_texts_grammar import FLAGS, names_of, written_values
from invitations.own_texts_known import Key
from invitations.own_texts_preview import Shown
from invitations.own_texts_rules import Wish, problems_of, replaced_in_texts
from invitations.own_texts_start import original
from notifications.languages import LANGUAGES, Language

bp = Blueprint("own_texts", __name__, url_prefix="/agents/reglages/messages")

ONE = "/<int:settings_id>/<moment>/<channel>/<language>"
# As long as a code of ours.
SOME_CODE = "AbCdEfGh234"


class OwnTextForm(FrenchForm):
    subject = StringField("Objet")
    body = TextAreaField("Message")
    whom = SearchField("Pour une personne")
    person = HiddenField()

    @property
    def wish(self) -> Wish:
        return Wish(self.subject.data or "", self.body.data or "").cleaned


@dataclass(frozen=True, slots=True)
class Page:
    """The message that an address names, and who words it."""

    desk: own_texts.Desk
    moment: Moment
    channel: str
    key: Key
    tried: Tried

    @property
    def language(self) -> Language:
        return LANGUAGES[self.key.language]

    def url(self, endpoint: str = "own_texts.form", **changes: Any) -> str:
        named: dict[str, Any] = {"moment": self.moment.slug, "channel": self.channel, "language": self.key.language}
        return url_for(endpoint, settings_id=self.desk.settings.id, **named | changes)


@bp.get("")
@admin_page
def listing(session: Session, desk: Desk) -> str:
    handled = organisation_settings.categories_of(session, desk.organisation.id)
    return render_template(
        "agents/own_texts/listing.html",
        handled=handled,
        lines=own_texts.listing(session, desk.organisation, handled, now=runtime().clock()),
        moments=MOMENTS,
        channels=CHANNELS,
        languages=LANGUAGES,
        key=Key,
        allowed=own_texts.allowed_in,
        words=own_texts_words,
    )


@bp.post("/<int:settings_id>/sanctions")
@admin_page
def warnings(session: Session, desk: Desk, settings_id: int) -> Response:
    settings = organisation_settings.category_seen_by(session, settings_id, desk.organisation.id)
    allowed = request.form.get("autoriser") == "oui"
    by = own_texts.Desk(desk.organisation, settings, desk.agent.id)
    own_texts.allow_warnings(session, by, allowed=allowed, now=runtime().clock())
    name = own_texts_words.quoted(settings.category.name)
    return saved(
        f"Les messages de {name} peuvent parler de sanction. C’est noté au journal."
        if allowed
        else f"Les messages de {name} ne peuvent plus parler de sanction.",
        "own_texts.listing",
    )


@bp.get(ONE)
@admin_page
def form(session: Session, desk: Desk, settings_id: int, moment: str, channel: str, language: str) -> str:
    page = page_of(session, desk, settings_id, moment, channel, language)
    wish = starting_from(session, page, request.args.get("version", type=row_id))
    return editor(session, page, OwnTextForm(formdata=None, data={"subject": wish.subject, "body": wish.body}))


@bp.post(ONE)
@admin_page
def save(
    session: Session, desk: Desk, settings_id: int, moment: str, channel: str, language: str
) -> Response | tuple[str, int]:
    page = page_of(session, desk, settings_id, moment, channel, language)
    form = OwnTextForm()
    try:
        own_texts.save(session, page.desk, page.key, form.wish, now=runtime().clock())
    except OwnTextRefused as refusal:
        for problem in refusal.details["problems"]:
            complain(form[problem.field], own_texts_words.sentence(problem))
        return editor(session, page, form), 422
    return saved("Ce texte part dès maintenant avec les nouveaux messages.", "own_texts.listing")


@bp.post(f"{ONE}/apercu")
@checking_admin_page
def preview(session: Session, desk: Desk, settings_id: int, moment: str, channel: str, language: str) -> str:
    return editor(session, page_of(session, desk, settings_id, moment, channel, language), OwnTextForm())


@bp.post(f"{ONE}/origine")
@admin_page
def revert(session: Session, desk: Desk, settings_id: int, moment: str, channel: str, language: str) -> Response:
    page = page_of(session, desk, settings_id, moment, channel, language)
    own_texts.revert(session, page.desk, page.key, now=runtime().clock())
    return saved("Le texte d’origine part de nouveau. Vos versions restent dans l’historique.", "own_texts.listing")


def page_of(session: Session, desk: Desk, settings_id: int, slug: str, channel: str, language: str) -> Page:
    """Raises NotFound for what is not a message of this organisation."""
    settings = organisation_settings.category_seen_by(session, settings_id, desk.organisation.id)
    moment = next((one for one in MOMENTS if one.slug == slug), None)
    if moment is None or channel not in CHANNELS or language not in LANGUAGES:
        raise NotFound
    key = Key(moment.kind, CHANNELS[channel], moment.mode, language)
    tried = own_texts.tried_with(session, desk.organisation, settings, key, runtime().clock())
    return Page(own_texts.Desk(desk.organisation, settings, desk.agent.id), moment, channel, key, tried)


def starting_from(session: Session, page: Page, version: int | None) -> Wish:
    """An earlier version asked for, else what is in force, else the words of the house."""
    where = page.desk.organisation.id, page.desk.settings.category_id, page.key
    rows: list[OwnText | None] = [one for one in own_texts.history(session, *where) if one.id == version and one.body]
    row = rows[0] if rows else own_texts.in_force(session, *where)
    return Wish(row.subject, row.body) if row else original(page.key, page.tried)


def editor(session: Session, page: Page, form: OwnTextForm) -> str:
    wish, key = form.wish, page.key
    organisation_id = page.desk.organisation.id
    history = own_texts.history(session, organisation_id, page.desk.settings.category_id, key)
    found = own_texts_preview.found_people(session, organisation_id, form.whom.data or "")
    names = names_of(key.kind)
    values = written_values(page.tried.plain, key.channel, page.language)
    return render_template(
        "agents/own_texts/form.html",
        page=page,
        form=form,
        is_text=key.channel is Channel.SMS,
        problems=problems_of(wish, key, page.desk.allowed, page.tried),
        price=runtime().settings.sms_price_cents,
        shown=tries(session, page, wish, person_of(form, found)),
        replaced=replaced_in_texts(wish.body, page.language) if key.channel is Channel.SMS else {},
        found=found,
        history=history,
        is_own=bool(history and history[0].body),
        variables=[(one, values[one]) for one in own_texts_words.MEANINGS if one in names - FLAGS],
        conditions=[one for one in own_texts_words.MEANINGS if one in names & FLAGS],
        languages=LANGUAGES,
        words=own_texts_words,
        original=original(key, page.tried),
        zone=page.desk.organisation.department.zone,
    )


def tries(session: Session, page: Page, wish: Wish, person_id: int | None) -> list[tuple[str, Shown | None]]:
    """The message as somebody would have it, then with the longest values."""
    somebody, heading = page.tried.plain, "Avec un exemple"
    if person_id is not None:
        somebody, is_theirs = own_texts_preview.words_for(
            session, page.desk, page.key, person_id, page.tried, now=runtime().clock()
        )
        heading = f"Pour {somebody.first_name}"
        heading += "" if is_theirs else ", le reste est un exemple"
    link = some_link()
    if page.key.channel is Channel.SMS:
        link = link.removeprefix("https://")
    may_reply = reply_hint.is_read(session, page.desk.organisation)
    both = ((heading, somebody), ("Avec les valeurs les plus longues", page.tried.longest))
    return [
        (words, own_texts_preview.show(wish, page.key, values, link=link, may_reply=may_reply))
        for words, values in both
    ]


def some_link() -> str:
    """An address as long as people's own."""
    return f"{runtime().settings.public_url}/i/{SOME_CODE}"


def person_of(form: OwnTextForm, found: dict[int, str]) -> int | None:
    """Whom the preview is for: somebody chosen among those found, or the only one found."""
    chosen = next((one for one in found if str(one) == form.person.data), None)
    if chosen is not None:
        return chosen
    return next(iter(found)) if len(found) == 1 else None
