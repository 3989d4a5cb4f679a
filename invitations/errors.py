"""Every refusal of the domain, named for what it says. Words for people live in `app/labels.py`."""

from __future__ import annotations

from datetime import datetime
from typing import Any


class DomainError(Exception):
    """Something the domain refuses. `details` hold what the sentence needs; never a name or a number."""

    def __init__(self, **details: Any) -> None:
        super().__init__(type(self).__name__)
        self.details = details


class DatabaseBusy(DomainError):
    """Another writer kept the database for too long; nothing was written, the same act may be tried again."""


class DatabaseAway(DomainError):
    """The database can't be reached at all. Details: `error`, the kind of failure."""


# What a link or an id leads to


class NotFound(DomainError):
    """Nothing there, or nothing that this agent may see: the two look alike on purpose."""


class LinkUnknown(NotFound):
    """No invitation and no appointment answers to this code."""


class InvitationExpired(DomainError):
    """The invitation's last day is over. Details: `invitation`, `setting`, `code`, `at`, `is_waiting`."""


class InvitationEnded(DomainError):
    """The invitation was answered, or ended by the service, or overtaken. Details as of InvitationExpired."""


class AlreadyBooked(DomainError):
    """The follow-up has an appointment to come already. Details: `participation`."""


class SlotTaken(DomainError):
    """Somebody was faster. Whoever tells it looks for the nearest free times: nobody who writes waits for that."""


class SlotGone(SlotTaken):
    """Nobody took it just now: it is past, too near, or not offered (any more). Told as it is."""


class SessionFull(DomainError):
    """Every seat of the session is taken."""


class FewerSeatsThanTaken(DomainError):
    """A session keeps the seats that people have. Details: `taken`."""


class SeriesTooLong(DomainError):
    """More sessions at once than anybody plans. Details: `longest`."""


class Doubtful(DomainError):
    """Something speaks against it; an agent may go on. Details: `concerns`."""


class OfferOver(DomainError):
    """The freed slot is not kept for this person any more: somebody else was asked, or it is too late."""


class ReplyRefused(DomainError):
    """An agent's answer by text can't leave. Details: `segments`, too many; zero: nothing to say, or nobody to say it to."""


class TooLateToChange(DomainError):
    """The limit for moving or cancelling is over. Details: `participation`, `limit_at`."""


class PhoneNeeded(DomainError):
    """Asked to be called, left no number, and we know none."""


class NotChangeable(DomainError):
    """A convocation is changed by phone; a past or cancelled appointment is changed no more."""


class AppointmentCancelled(NotChangeable):
    """It was cancelled since somebody last saw it."""


class NotHeldYet(NotChangeable):
    """Nobody came, or stayed away, before it has begun."""


class MovedMeanwhile(NotChangeable):
    """It is no longer where whoever moves it has seen it: a colleague or the person was faster."""


# Why inviting is refused (domain.md, same order)


class InviteRefused(DomainError):
    """Base of the reasons for which nobody is addressed."""


class JustInvited(InviteRefused):
    """The same channel addressed this follow-up less than 24 h ago. Details: `channel`, `at`."""


class NoHelpPhone(InviteRefused):
    """No phone number that answers, neither in the category's settings nor in the organisation."""


class Archived(InviteRefused):
    """The person is archived, or in no organisation that handles the category."""


class TwoDepartments(InviteRefused):
    """The person and the organisation belong to two départements."""


class AppointmentToCome(InviteRefused):
    """The follow-up has an appointment to come. Details: `starts_at`."""


class TooShortForLetter(InviteRefused):
    """A letter for an invitation that would live 5 days or less."""


class NoOpenType(InviteRefused):
    """No appointment type of the category is open to invited people."""


class NoReferent(InviteRefused):
    """Referents only, and the person has none, or none of them has an opening."""


class NoFreeSlot(InviteRefused):
    """No bookable slot left for this person inside the validity, invitations in flight counted. Details: `before`."""

    def __init__(self, before: datetime | None = None) -> None:
        super().__init__(before=before)
        self.before = before


class NoAddress(InviteRefused):
    """No usable address on any channel asked for. Details: `reasons`, one `(channel, why)` each."""


class LotsAreDrawn(InviteRefused):
    """A trial runs here and lots are still to be drawn for this person. Details: `trial`, `follow_ups`."""


class FollowUpClosed(InviteRefused):
    """An agent closed the follow-up."""


class ModeNotAllowed(InviteRefused):
    """The category's settings don't allow this mode. Details: `mode`."""


class NotExtendable(DomainError):
    """The invitation can't live longer, or not so long. Details: `why`, a word of `invitations.extending`."""


class TooLateToTakeBack(DomainError):
    """Something of the selection has left, or its ten minutes are over."""


# Trials


class TrialRefused(DomainError):
    """A trial can't be so. Details: `fault`, a `TrialFault`."""


class TrialOver(DomainError):
    """The trial was ended since somebody last saw it: no lots are drawn any more."""


class AlreadyDrawn(DomainError):
    """Lots were drawn for this person meanwhile: who is taken out is taken out before."""


# Openings and absences


class OpeningRefused(DomainError):
    """Base of what can't be saved in an agenda."""


class EndsBeforeItStarts(OpeningRefused):
    """An opening ends on the day it starts (across midnight, it is two openings); an absence ends after it starts."""


class NothingToCome(OpeningRefused):
    """Not a single day of it is still to come."""


# Two records of one person


class MergeRefused(DomainError):
    """Base of what an agent decides before two records become one. Details: `starts_at`, of an appointment."""


class BothExpected(MergeRefused):
    """Both have an appointment to come in one category: which of the two is it?"""


class SameMeeting(MergeRefused):
    """Both are noted in one and the same appointment."""


# Settings


class SettingRefused(DomainError):
    """Base of what a setting can't become."""


class NameTaken(SettingRefused):
    """Another type, place or sector in use bears this name there."""


class TooManyViews(SettingRefused):
    """An agent keeps twelve views of a list at most."""


class PurposeThreatens(SettingRefused):
    """What an orientation is for would threaten people. Details: `words`, those that do."""


class WouldForget(SettingRefused):
    """Kept for less long, some of what is kept today would go. Details: `messages` that can be read, `people`: how many."""


class ColourRefused(SettingRefused):
    """Too near to white to be made readable and remain itself. Details: `ratio`, its contrast with white; `least`."""


class LogoRefused(SettingRefused):
    """The file can't become a logo. Details: `why`, a word of `invitations.department_logo`."""


class OwnTextRefused(SettingRefused):
    """A message can't say this. Details: `problems`, each a `Problem` of `invitations.own_texts_grammar`."""


class WarningsRefused(SettingRefused):
    """No message about an orientation speaks of sanctions, whoever allows it."""


class TypeInUse(SettingRefused):
    """People hold appointments of the type: what kind they are can't change under them. Details: `appointments`."""


class StepsRefused(SettingRefused):
    """What follows an unanswered invitation can't be so. Details: `problem`, a word of `invitations.escalation_rules`;
    `after_days`, the step's; `validity_days`, the category's."""


# Letters


class LetterRefused(DomainError):
    """Base of what can't be done with letters."""


class NothingToPrint(LetterRefused):
    """No letter waits: a colleague has just printed them, or what they tell is overtaken."""


class PostingDayRefused(LetterRefused):
    """A day on which nobody posted, or will post, what is printed now."""


# Files


class UploadRefused(DomainError):
    """The file can't be read as a list of people. Details: `why`, a word of `invitations.uploads.reading`."""


class ImportClosed(DomainError):
    """The import is no preview any more: a colleague has just saved it."""


class ImportStays(DomainError):
    """The import can't be undone. Details: `invited`, how many of its people have been addressed since; 0: it is not saved."""


# People deleted


class ErasureRefused(DomainError):
    """Base of what keeps somebody from being deleted for now."""


class StillExpected(ErasureRefused):
    """They have an appointment to come. Details: `starts_at`."""


class StillBeingTold(ErasureRefused):
    """Messages to them have not left yet, or nobody knows whether they have. Details: `messages`, how many."""


class FollowedElsewhere(ErasureRefused):
    """Another organisation follows them: theirs is not this one's to delete. Details: `organisations`, names."""


# Calendars of elsewhere


class CalendarRefused(DomainError):
    """Base of what makes an address no calendar to read. Details: `why`, a Trouble, for an address that is none of ours."""


class OwnCalendar(CalendarRefused):
    """The address of our own feed: it would block the time of the very appointments it tells."""


class CalendarKnown(CalendarRefused):
    """This agent's calendar is there already."""


class TooManyCalendars(CalendarRefused):
    """The agent has as many calendars as we read for one."""


class WebhookRefused(DomainError):
    """Base of what makes an address none to tell. Details: `why`, a Trouble, for an address that is none of ours."""


class WebhookKnown(WebhookRefused):
    """The organisation has this address already."""


class TooManyWebhooks(WebhookRefused):
    """The organisation has as many addresses as we tell for one."""


# Sign-in


class WrongCredentials(DomainError):
    """Unknown email, wrong password or closed account: never says which."""


class TooManyAttempts(DomainError):
    """Ten wrong passwords for this email in ten minutes; the next attempts are not even looked at."""


class TooManyTries(TooManyAttempts):
    """No try is left for now. Details: `until`, when the next one is possible; `surface`."""


class EmailTaken(DomainError):
    """Another account has this email."""


class AgentLinkUnknown(NotFound):
    """No emailed link of an agent's has this code."""


class LinkOver(DomainError):
    """An emailed link of an agent's was used, taken back, replaced, or is too old. Details: `purpose`, a LinkPurpose."""


class PasswordRefused(DomainError):
    """Nobody may take this password. Details: `why`, a word of `invitations.password_rules`."""


class PasskeyRefused(WrongCredentials):
    """What a device answered proves nothing: another key, another site, another moment."""


class NoAccount(WrongCredentials):
    """Somebody proved at a provider's who they are, and no open account is theirs."""


class LastAdministrator(DomainError):
    """Nobody would administer the organisation any more."""


class AccountClosed(DomainError):
    """The account was closed by whoever runs the installation; nobody is invited into it."""


class AlreadyColleague(DomainError):
    """Whoever is invited belongs to the organisation already."""


class NotInSupport(DomainError):
    """Nobody does this in another's place, however much they want to help."""


class NotAllowed(DomainError):
    """The agent is known and may not do this here."""


class NirBeingErased(DomainError):
    """The département's social security numbers of before are not all erased yet; it can keep them again when they are."""


class SealLost(DomainError):
    """None of the keys given opens what is needed here: it was sealed under one that is no longer given."""


# What machines ask (app/api/v1)


class MachineRefused(DomainError):
    """Base of what a machine asked and can't have."""


class PersonRefused(MachineRefused):
    """What it says of a person can't be kept. Details: `problems`, a list of (field, Doubt); field: "" for the whole."""


class PersonAmbiguous(MachineRefused):
    """Whom it means is a question for a human. Details: `why`, a Doubt."""


class NameUnknown(MachineRefused):
    """A category, place, referent or tag that this organisation does not have. Details: `what`, `name`."""


class PeopleRefused(MachineRefused):
    """Of a list handed in nothing is kept. Details: `people`, (place from 0, first name, last name, why) of each refused."""


class CategoryNeeded(MachineRefused):
    """The organisation handles several categories, or none: which one is meant?"""


class PlaceNeeded(MachineRefused):
    """This kind of appointment is held somewhere: at which place?"""


class PersonNeeded(MachineRefused):
    """Several people take part, or nobody does: who is meant?"""


class OrganisationUnclear(MachineRefused):
    """The address does not say which organisation. Details: `commune`, its name or "", and `choices`, (id, name) of each."""


class ConvocationStays(MachineRefused):
    """An appointment was set with it: that one is cancelled instead."""


class KeyReused(MachineRefused):
    """The same Idempotency-Key came with another request."""


class KeyTooLong(MachineRefused):
    """An Idempotency-Key of more than 255 characters."""


class KeyRefused(WrongCredentials):
    """No service key and no session answers to what a machine says of itself, or not any more."""


class ScopeMissing(NotAllowed):
    """The key is known and may not do this. Details: `scope`."""


class KeyAskedFor(NotAllowed):
    """This agent signs in with more than a password, which a program can't: it takes a service key."""
