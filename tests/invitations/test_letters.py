"""Letters: owed like any message, printed in batches, frozen as they were, and marked when they come back."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations import (
    inviting,
    letters,
    letters_codes,
    letters_facts,
    letters_printed,
    letters_returned,
    outbox,
)
from invitations.codes import Codes, fingerprint
from invitations.errors import LinkUnknown, NotFound, NothingToPrint, PostingDayRefused
from invitations.models import (
    Channel,
    DepartmentLogo,
    EndReason,
    FollowUp,
    Invitation,
    Letter,
    LetterBatch,
    Message,
    MessageState,
    ReturnReason,
    Title,
)
from invitations.outbox.claiming import claim
from invitations.reach import Unreachable, why_unreachable
from invitations.sealed_links import link_of
from notifications.letters import pdf_of
from notifications.receipts import Delivery, Receipt
from notifications.senders import Reason
from tests.conftest import SECRET
from tests.factories import World

SITE = "https://rdv.drome.example"
TODAY = date(2026, 11, 24)


def picture() -> bytes:
    """A PNG, as a département's logo is one."""
    drawn = BytesIO()
    Image.new("RGBA", (60, 20), "#0b5c6b").save(drawn, "PNG")
    return drawn.getvalue()


def by_post(world: World, **changes: object) -> FollowUp:
    """The follow-up of somebody whom neither text nor email reaches."""
    where = {"address": "12 rue des Alpes", "postcode": "26000", "city": "Valence"}
    person = world.make_beneficiary(**{"phone": None, "email": None, **where, **changes})
    return world.make_follow_up(person)


def invite(world: World, follow_up: FollowUp, codes: Codes, *, now: datetime | None = None) -> Invitation:
    return inviting.invite(
        world.session,
        follow_up,
        organisation_id=world.organisation.id,
        channels=[Channel.LETTER],
        agent_id=world.agent.id,
        codes=codes,
        now=now or world.now,
    )


def print_all(world: World, codes: Codes, *, on: date = TODAY, now: datetime | None = None) -> LetterBatch:
    return letters.print_waiting(
        world.session,
        world.organisation,
        posted_on=on,
        agent_id=world.agent.id,
        codes=codes,
        public_url=SITE,
        now=now or world.now,
    )


def letter_of(session: Session, invitation: Invitation) -> Letter:
    session.expire_all()
    return session.scalars(select(Letter).join(Letter.message).where(Message.invitation_id == invitation.id)).one()


def test_a_letter_waits_as_a_message_and_no_scheduler_takes_it(world: World, codes: Codes) -> None:
    invitation = invite(world, by_post(world), codes)
    message = world.session.scalars(select(Message).where(Message.invitation_id == invitation.id)).one()
    assert (message.channel, message.state) == (Channel.LETTER, MessageState.PENDING)
    assert message.subject == "Choisissez votre rendez-vous avant le samedi 5 décembre"
    assert claim(world.session, process="p", limit=10, now=world.now + timedelta(days=1)) is None


def test_it_is_useless_three_days_before_the_invitation_ends(world: World, codes: Codes) -> None:
    invitation = invite(world, by_post(world), codes)
    (waiting,) = letters.waiting(world.session, world.organisation.id, now=world.now)
    assert invitation.expires_at is not None
    assert waiting.useless_at == invitation.expires_at - timedelta(days=3)
    assert letters.waiting(world.session, world.organisation.id, now=waiting.useless_at) == []


def test_printing_says_it_is_posted_and_keeps_what_stands_on_it(world: World, codes: Codes) -> None:
    world.organisation.address = "13 avenue Maurice Faure\n26000 Valence"
    follow_up = by_post(world, title=Title.MADAM, last_name="Bernard")
    invitation = invite(world, follow_up, codes)
    batch = print_all(world, codes)
    letter = letter_of(world.session, invitation)
    assert letter.batch_id == batch.id
    assert letter.message.state is MessageState.SENT
    assert letter.message.sent_at == world.now
    assert letter.facts["to"] == ["Madame Inès Bernard", "12 rue des Alpes", "26000 VALENCE"]
    assert letter.facts["sender"] == [
        world.organisation.name,
        "13 avenue Maurice Faure",
        "26000 Valence",
        "04 75 00 00 00",
        "lundi–vendredi 9 h–17 h",
    ]
    assert letter.facts["day"] == "Mardi 24 novembre 2026"


def test_the_table_holds_nothing_that_opens_a_page(world: World, codes: Codes) -> None:
    invitation = invite(world, by_post(world), codes)
    print_all(world, codes)
    letter = letter_of(world.session, invitation)
    code, link = codes.short("letter", letter.message_id), codes.derive("invitation", invitation.id)
    kept = f"{letter.facts} {letter.code_hash} {letter.message.body}"
    assert code not in kept
    assert letters_codes.parted(code) not in kept
    assert link not in kept
    assert fingerprint(link) not in kept
    assert letter.code_hash not in {fingerprint(code), fingerprint(letters_codes.parted(code))}


def test_the_code_leads_to_the_invitation(world: World, codes: Codes) -> None:
    invitation = invite(world, by_post(world), codes)
    print_all(world, codes)
    code = letters_codes.printed(letter_of(world.session, invitation), codes)
    assert code is not None
    road = letters_codes.follow(world.session, code, codes)
    assert (road.kind, road.code) == ("invitation", codes.derive("invitation", invitation.id))


def test_the_code_of_an_invitation_that_ended_still_leads_to_its_page(world: World, codes: Codes) -> None:
    invitation = invite(world, by_post(world), codes)
    print_all(world, codes)
    invitation.ended_at, invitation.end_reason = world.now, EndReason.WITHDRAWN
    code = letters_codes.printed(letter_of(world.session, invitation), codes)
    assert code is not None
    assert letters_codes.follow(world.session, code, codes).kind == "invitation"


def test_a_code_that_no_letter_has_leads_nowhere(world: World, codes: Codes) -> None:
    with pytest.raises(LinkUnknown):
        letters_codes.follow(world.session, "K7MX4QPD", codes)


def test_a_code_that_was_drawn_already_is_drawn_again(world: World, codes: Codes) -> None:
    class Unlucky(Codes):
        """The first draw of every letter is the same code."""

        def every_short(self, kind: str, subject_id: int, attempt: int = 0) -> list[str]:
            return super().every_short(kind, subject_id if attempt else 0, attempt)

    unlucky = Unlucky(SECRET)
    both = [invite(world, by_post(world), unlucky) for _ in range(2)]
    print_all(world, unlucky)
    printed = [letter_of(world.session, one) for one in both]
    assert [one.attempt for one in printed] == [0, 1]
    for invitation, letter in zip(both, printed, strict=True):
        code = letters_codes.printed(letter, unlucky)
        assert code is not None
        assert letters_codes.follow(world.session, code, unlucky).code == codes.derive("invitation", invitation.id)


def test_after_a_change_of_key_old_letters_lead_on_and_are_shown_as_they_were(world: World, codes: Codes) -> None:
    invitation = invite(world, by_post(world), codes)
    print_all(world, codes)
    letter = letter_of(world.session, invitation)
    before = letters_facts.shown(world.session, [letter], codes=codes)
    renewed = Codes("another secret key for tests, thirty-two characters", [SECRET])
    code = letters_codes.printed(letter, renewed)
    assert code == letters_codes.printed(letter, codes)
    assert code is not None
    assert letters_codes.follow(world.session, code, renewed).kind == "invitation"
    assert letters_facts.shown(world.session, [letter], codes=renewed) == before


def test_once_the_key_is_forgotten_the_letter_is_shown_without_its_code(world: World, codes: Codes) -> None:
    invitation = invite(world, by_post(world), codes)
    print_all(world, codes)
    stranger = Codes("another secret key for tests, thirty-two characters")
    (shown,) = letters_facts.shown(world.session, [letter_of(world.session, invitation)], codes=stranger)
    assert shown.code == letters_facts.FORGOTTEN


def test_shown_again_two_years_later_it_is_the_same_to_the_byte(world: World, codes: Codes) -> None:
    world.department.logo_hash = "a" * 16
    world.add(DepartmentLogo(department_id=world.department.id, content=picture()))
    follow_up = by_post(world)
    invitation = invite(world, follow_up, codes)
    print_all(world, codes)
    letter = letter_of(world.session, invitation)
    first = pdf_of(letters_facts.shown(world.session, [letter], codes=codes), title="x", on=TODAY)
    world.department.logo_hash, world.department.full_name = "b" * 16, "Département renommé"
    world.session.get_one(DepartmentLogo, world.department.id).content = b"another"
    world.organisation.phone, world.organisation.name = "+33475999999", "Autre nom"
    follow_up.beneficiary.address, follow_up.beneficiary.city = "ailleurs", "Die"
    world.category.purpose = "autre chose"
    world.session.flush()
    again = pdf_of(letters_facts.shown(world.session, [letter], codes=codes), title="x", on=TODAY)
    assert again == first


def test_somebody_who_reads_arabic_has_arabic_on_the_back(world: World, codes: Codes) -> None:
    invitation = invite(world, by_post(world, language="ar"), codes)
    print_all(world, codes)
    (shown,) = letters_facts.shown(world.session, [letter_of(world.session, invitation)], codes=codes)
    assert [one.html for one in shown.sheets] == ["fr", "ar"]
    assert shown.sheets[1].is_rtl


@pytest.mark.parametrize("language", ["fr", "facile"])
def test_french_has_no_back(world: World, codes: Codes, language: str) -> None:
    invitation = invite(world, by_post(world, language=language), codes)
    print_all(world, codes)
    (shown,) = letters_facts.shown(world.session, [letter_of(world.session, invitation)], codes=codes)
    assert len(shown.sheets) == 1


def test_what_was_overtaken_before_it_was_printed_is_not(world: World, codes: Codes) -> None:
    first = invite(world, by_post(world), codes)
    first.ended_at, first.end_reason = world.now, EndReason.WITHDRAWN
    with pytest.raises(NothingToPrint):
        print_all(world, codes)


def test_an_address_that_went_bad_meanwhile_is_said(world: World, codes: Codes) -> None:
    gone = by_post(world)
    invitation = invite(world, gone, codes)
    kept = invite(world, by_post(world), codes)
    gone.beneficiary.letter_dead_at = world.now
    print_all(world, codes)
    world.session.expire_all()
    message = world.session.scalars(select(Message).where(Message.invitation_id == invitation.id)).one()
    assert (message.state, message.error_reason) == (MessageState.FAILED, Unreachable.DEAD)
    assert letter_of(world.session, kept).message.state is MessageState.SENT


def test_a_corrected_address_is_the_one_printed(world: World, codes: Codes) -> None:
    follow_up = by_post(world)
    invitation = invite(world, follow_up, codes)
    follow_up.beneficiary.address = "3 place de la Clairette"
    print_all(world, codes)
    assert letter_of(world.session, invitation).facts["to"][1] == "3 place de la Clairette"


def test_letters_too_late_are_settled_by_the_clock(world: World, codes: Codes) -> None:
    invitation = invite(world, by_post(world), codes)
    assert letters.settle(world.session, now=world.now + timedelta(days=1)) == 0
    assert letters.settle(world.session, now=world.now + timedelta(days=9)) == 1
    world.session.expire_all()
    message = world.session.scalars(select(Message).where(Message.invitation_id == invitation.id)).one()
    assert message.state is MessageState.EXPIRED


def test_printing_twice_prints_nothing_twice(world: World, codes: Codes) -> None:
    invite(world, by_post(world), codes)
    print_all(world, codes)
    with pytest.raises(NothingToPrint):
        print_all(world, codes)


def test_another_organisations_letters_stay_where_they_are(world: World, codes: Codes) -> None:
    invite(world, by_post(world), codes)
    elsewhere = world.make_organisation()
    with pytest.raises(NothingToPrint):
        letters.print_waiting(
            world.session,
            elsewhere,
            posted_on=TODAY,
            agent_id=world.agent.id,
            codes=codes,
            public_url=SITE,
            now=world.now,
        )


@pytest.mark.parametrize("days", [-32, 8])
def test_a_posting_day_that_is_a_mistake_is_refused(world: World, codes: Codes, days: int) -> None:
    invite(world, by_post(world), codes)
    with pytest.raises(PostingDayRefused):
        print_all(world, codes, on=TODAY + timedelta(days=days))


def test_the_posting_day_can_be_said_afterwards(world: World, codes: Codes) -> None:
    invitation = invite(world, by_post(world), codes)
    batch = print_all(world, codes)
    letters_printed.repost(
        world.session, batch, posted_on=TODAY + timedelta(days=2), agent_id=world.agent.id, now=world.now
    )
    letter = letter_of(world.session, invitation)
    assert letter.message.sent_at == datetime(2026, 11, 26, 11, tzinfo=world.now.tzinfo)
    assert letter.facts["day"] == "Mardi 24 novembre 2026", "what was printed does not change"


def test_a_link_printed_under_the_key_in_force_opens(world: World, codes: Codes) -> None:
    """The key has changed between the invitation and the printing: the square code bears the new one."""
    invitation = invite(world, by_post(world), codes)
    renewed = Codes("another secret key for tests, thirty-two characters", [SECRET])
    print_all(world, renewed)
    (shown,) = letters_facts.shown(world.session, [letter_of(world.session, invitation)], codes=renewed)
    code = shown.url.rsplit("/", 1)[-1]
    assert code == renewed.derive("invitation", invitation.id)
    assert link_of(world.session, code, codes=renewed) is not None


# Returned


def test_a_returned_letter_closes_the_address_and_tells_why(world: World, codes: Codes) -> None:
    follow_up = by_post(world)
    invitation = invite(world, follow_up, codes)
    print_all(world, codes)
    letter = letter_of(world.session, invitation)
    letters_returned.mark(
        world.session, letter, ReturnReason.UNKNOWN, agent_id=world.agent.id, now=world.now + timedelta(days=6)
    )
    assert letter.message.state is MessageState.UNDELIVERED
    assert letter.message.error_reason == "returned_unknown"
    assert letter.returned_on == date(2026, 11, 30)
    assert why_unreachable(follow_up.beneficiary, Channel.LETTER) is Unreachable.DEAD


def test_a_return_noted_by_mistake_is_taken_back(world: World, codes: Codes) -> None:
    follow_up = by_post(world)
    invitation = invite(world, follow_up, codes)
    print_all(world, codes)
    letter = letter_of(world.session, invitation)
    letters_returned.mark(world.session, letter, ReturnReason.REFUSED, agent_id=world.agent.id, now=world.now)
    letters_returned.take_back(world.session, letter, agent_id=world.agent.id, now=world.now)
    assert (letter.returned_on, letter.return_reason) == (None, None)
    assert letter.message.state is MessageState.SENT
    assert why_unreachable(follow_up.beneficiary, Channel.LETTER) is None


def test_a_returned_letter_is_found_by_its_code_or_a_name(world: World, codes: Codes) -> None:
    follow_up = by_post(world, last_name="Lefèvre", search_key="ines lefevre")
    invitation = invite(world, follow_up, codes)
    print_all(world, codes)
    letter = letter_of(world.session, invitation)
    code = letters_codes.printed(letter, codes)
    assert code is not None
    for typed in (code.lower(), letters_codes.parted(code), "Lefèvre"):
        assert letters_returned.find(world.session, typed, world.organisation.id, codes=codes) == [letter]
    elsewhere = world.make_organisation()
    assert letters_returned.find(world.session, code, elsewhere.id, codes=codes) == []
    with pytest.raises(NotFound):
        letters_printed.letter_seen_by(world.session, letter.id, [elsewhere.id])


def test_a_forged_receipt_changes_no_letter(world: World, codes: Codes) -> None:
    invitation = invite(world, by_post(world), codes)
    print_all(world, codes)
    letter = letter_of(world.session, invitation)
    receipt = Receipt(
        reference=str(letter.message_id),
        provider_id="SM1",
        status="delivered",
        error_code=None,
        delivery=Delivery.DELIVERED,
    )
    assert not outbox.apply_receipt(world.session, receipt, reason=Reason.OTHER, now=world.now)
    assert letter.message.state is MessageState.SENT
