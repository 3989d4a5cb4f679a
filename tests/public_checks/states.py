"""Every state of every public page, a line each: its name, how it is reached, the status it answers with.

A new page is a new line: all checks, in all their languages, look at it from then on.
"""

from __future__ import annotations

from dataclasses import dataclass

from invitations.models import PlaceType
from tests.public_checks import of_appointments, of_invitations, of_people, of_statistics, of_the_rest
from tests.public_checks.of_the_rest import address
from tests.public_checks.stage import LastPage

# One that is read from left to right, one from right to left; the sentences of the others have tests of their own.
READ = ("fr", "ar")
BRING = "Une pièce d’identité, votre attestation de la CAF et, si vous en avez un, votre dernier contrat de travail."


@dataclass(frozen=True, slots=True)
class State:
    """`is_themed`: in a département's own colour, whose buttons carry white at 4.5 to 1; all other text has 7."""

    name: str
    reach: LastPage
    status: int = 200
    is_themed: bool = False


STATES = (
    # An invitation
    State("choose", of_invitations.choosing),
    State("choose-another-place", of_invitations.another_place),
    State("choose-sessions", of_invitations.sessions),
    State("choose-kinds", of_invitations.kinds),
    State("choose-phone", of_invitations.elsewhere(PlaceType.PHONE)),
    State("choose-home", of_invitations.elsewhere(PlaceType.HOME)),
    State("choose-video", of_invitations.elsewhere(PlaceType.VIDEO)),
    State("choose-nothing-chosen", of_invitations.nothing_chosen, 422),
    State("choose-proposed", of_invitations.proposed),
    State("choose-proposed-alone", of_invitations.proposed_alone),
    State("choose-nothing-free", of_invitations.nothing_free),
    State("choose-nothing-free-two-towns", of_invitations.nothing_free_in_two_towns),
    State("choose-nothing-free-no-message", of_invitations.nothing_free_and_no_message_arrives),
    State("choose-waiting", of_invitations.waiting),
    State("choose-waiting-others-free", of_invitations.waiting_with_others_free),
    State("choose-no-longer-waiting", of_invitations.no_longer_waiting),
    State("choose-freed", of_invitations.freed),
    State("choose-freed-declined", of_invitations.freed_and_declined),
    State("choose-freed-over", of_invitations.freed_and_over, 409),
    State("taken", of_invitations.just_taken, 409),
    State("taken-proposed", of_invitations.proposed_then_taken, 409),
    State("taken-the-last", of_invitations.the_last_one_taken, 409),
    State("taken-offered-no-more", of_invitations.offered_no_more, 409),
    State("confirm", of_invitations.confirming(instructions_before=BRING)),
    State("confirm-phone", of_invitations.confirming(PlaceType.PHONE)),
    State("confirm-home", of_invitations.confirming(PlaceType.HOME)),
    State("confirm-video", of_invitations.confirming(PlaceType.VIDEO)),
    State("confirm-session", of_invitations.confirming_a_session),
    State("call", of_invitations.call_me),
    State("call-which-number", of_invitations.call_me_at_which_number),
    State("call-no-such-number", of_invitations.no_such_number, 422),
    State("call-no-number", of_invitations.no_number_at_all, 422),
    State("call-asked", of_invitations.called),
    State("over-expired", of_invitations.expired, 410),
    State("over-expired-waiting", of_invitations.expired_while_waiting, 410),
    State("over-closed", of_invitations.closed, 410),
    State("over-answered", of_invitations.answered),
    # An appointment
    State("noted", of_appointments.noted(instructions_before=BRING)),
    State("noted-phone", of_appointments.noted(PlaceType.PHONE)),
    State("noted-home", of_appointments.noted(PlaceType.HOME)),
    State("noted-video", of_appointments.noted(PlaceType.VIDEO)),
    State("noted-session", of_appointments.noted_session),
    State("noted-kept", of_invitations.kept),
    State("noted-freed", of_invitations.freed_and_taken),
    State("noted-moved", of_appointments.moved),
    State("noted-two-limits", of_appointments.two_limits),
    State("noted-useful-places", of_appointments.useful_places),
    State("noted-cancel-only", of_appointments.cancelled_only),
    State("noted-convocation", of_appointments.convoked),
    State("noted-too-late", of_appointments.too_late),
    State("noted-too-late-answered", of_appointments.too_late_all_the_same, 409),
    State("noted-wanting-earlier", of_appointments.wanting_earlier),
    State("noted-content-as-it-is", of_appointments.content_as_it_is),
    State("noted-earlier", of_appointments.earlier),
    State("noted-earlier-taken", of_appointments.earlier_taken),
    State("noted-earlier-over", of_appointments.earlier_over, 409),
    State("noted-call", of_appointments.call_me),
    State("noted-call-no-number", of_appointments.no_number, 422),
    State("noted-call-asked", of_appointments.called),
    State("change", of_appointments.change),
    State("change-nothing-chosen", of_appointments.change_to_nothing, 422),
    State("change-taken", of_appointments.change_to_a_taken_one, 409),
    State("change-nothing-free", of_appointments.change_where_nothing_is_free),
    State("cancel", of_appointments.cancel),
    State("cancel-session", of_appointments.cancel_a_seat),
    State("past", of_appointments.past),
    State("cancelled", of_appointments.cancelled),
    State("cancelled-for-good", of_appointments.cancelled_for_good),
    State("revoked", of_appointments.revoked),
    # Oneself, and the code of a letter
    State("needs", of_people.needs),
    State("needs-noted", of_people.needs_noted),
    State("contact", of_people.contact),
    State("contact-noted", of_people.contact_sent(phone="04 75 12 34 56", email="ines@example.fr")),
    State("contact-wrong", of_people.contact_sent(phone="12", email="inès arobase"), 422),
    State("contact-nothing", of_people.contact_sent(), 422),
    State("contact-too-often", of_people.contact_too_often, 429),
    State("messages", of_people.messages),
    State("messages-refused", of_people.messages_refused),
    State("messages-without-address", of_people.messages_without_address),
    State("messages-stopped", of_people.messages_stopped),
    State("code", address("/code")),
    State("code-nothing", of_people.code_typed(""), 422),
    State("code-misspelt", of_people.code_typed("K7MX-4QP"), 422),
    State("code-unknown", of_people.code_typed(of_people.WRONG), 404),
    State("code-guarded", of_people.code_guarded, 404),
    State("code-too-often", of_people.code_too_often, 429),
    # The département
    State("themed", of_the_rest.themed, is_themed=True),
    State("statutory-accessibility", of_the_rest.statutory("/accessibilite"), is_themed=True),
    State("statutory-criteria", of_the_rest.statutory("/accessibilite/criteres"), is_themed=True),
    State("statutory-notice", of_the_rest.statutory("/mentions-legales"), is_themed=True),
    State("statutory-privacy", of_the_rest.statutory("/donnees-personnelles"), is_themed=True),
    State("statutory-which", of_the_rest.which_department),
    # Public figures
    State("statistics", of_statistics.large, is_themed=True),
    State("statistics-small", of_statistics.small),
    State("statistics-nothing-yet", of_statistics.nothing_yet),
    State("statistics-departments", of_statistics.listing),
    # The rest
    State("home", address("/")),
    State("mailbox", of_the_rest.mailbox),
    State("mailbox-empty", address("/messagerie")),
    State("error-unknown-link", address("/i/nobody"), 404),
    State("error-unknown-appointment", address("/r/nobody"), 404),
    State("error-not-understood", address("/?x=%00"), 400),
    State("error-no-such-thing", address("/messagerie/9/rendez-vous.ics"), 404),
    State("error-nowhere", address("/nulle-part"), 404),
    State("error-only-posted", address("/i/nobody/garder"), 405),
    State("error-too-much", of_the_rest.too_much, 413),
    State("error-busy", of_the_rest.busy, 503),
    State("error-away", of_the_rest.away, 503),
    State("error-broken", of_the_rest.broken, 500),
)
