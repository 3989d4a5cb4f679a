"""The follow-up's status: every rule of domain.md in a sentence, and what must hold whatever the facts."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from invitations.follow_up_status import ACTION_NEEDED, Addressed, Met, derive
from invitations.models import FollowUpStatus, Outcome
from tests.conftest import NOW

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def invited(
    *, ago: timedelta = DAY, lives: timedelta | None = 10 * DAY, ended: bool = False, answered: bool = False
) -> Addressed:
    created_at = NOW - ago
    return Addressed(created_at, None if lives is None else created_at + lives, is_ended=ended, is_answered=answered)


def met(*, starts_in: timedelta, ago: timedelta = DAY, outcome: Outcome = Outcome.UNKNOWN) -> Met:
    return Met(created_at=NOW - ago, starts_at=NOW + starts_in, outcome=outcome)


def status(*facts: Addressed | Met, is_closed: bool = False) -> FollowUpStatus:
    return derive(
        [one for one in facts if isinstance(one, Addressed)],
        [one for one in facts if isinstance(one, Met)],
        is_closed=is_closed,
        now=NOW,
    )


def test_closed_by_an_agent_outranks_everything() -> None:
    assert status(invited(), met(starts_in=DAY), is_closed=True) is FollowUpStatus.CLOSED


def test_nobody_addressed_and_no_appointment_is_not_invited() -> None:
    assert status() is FollowUpStatus.NOT_INVITED


def test_an_invitation_that_runs_waits_for_its_answer() -> None:
    assert status(invited()) is FollowUpStatus.INVITATION_PENDING


def test_one_invitation_that_runs_is_enough_to_wait() -> None:
    assert status(invited(ago=20 * DAY), invited()) is FollowUpStatus.INVITATION_PENDING


def test_when_all_are_over_the_invitation_has_expired() -> None:
    assert status(invited(ago=20 * DAY), invited(ago=11 * DAY)) is FollowUpStatus.INVITATION_EXPIRED


def test_an_invitation_expires_at_its_last_moment_exactly() -> None:
    assert status(invited(ago=10 * DAY)) is FollowUpStatus.INVITATION_EXPIRED
    assert status(invited(ago=10 * DAY - timedelta(seconds=1))) is FollowUpStatus.INVITATION_PENDING


def test_an_invitation_ended_by_the_service_waits_for_nothing() -> None:
    assert status(invited(ended=True)) is FollowUpStatus.INVITATION_EXPIRED


def test_an_appointment_to_come_is_what_the_person_has() -> None:
    assert status(invited(ago=2 * DAY, ended=True), met(starts_in=DAY)) is FollowUpStatus.APPOINTMENT_PENDING


def test_an_invitation_older_than_the_appointment_to_come_does_not_count() -> None:
    assert status(invited(ago=HOUR), met(starts_in=DAY)) is FollowUpStatus.APPOINTMENT_PENDING


def test_after_a_missed_appointment_a_new_invitation_is_what_counts() -> None:
    missed = met(starts_in=-5 * DAY, ago=9 * DAY, outcome=Outcome.NOSHOW)
    assert status(missed, invited(ago=DAY)) is FollowUpStatus.INVITATION_PENDING


def test_after_a_missed_appointment_the_invitation_that_led_to_it_does_not_count() -> None:
    missed = met(starts_in=-DAY, ago=5 * DAY, outcome=Outcome.NOSHOW)
    assert status(invited(ago=6 * DAY), missed) is FollowUpStatus.NOSHOW


def test_whoever_came_was_seen() -> None:
    assert status(met(starts_in=-HOUR, outcome=Outcome.SEEN)) is FollowUpStatus.SEEN


def test_a_seen_appointment_after_the_last_one_was_created_counts_too() -> None:
    came = met(starts_in=-HOUR, ago=9 * DAY, outcome=Outcome.SEEN)
    excused = met(starts_in=-2 * HOUR, ago=DAY, outcome=Outcome.EXCUSED)
    assert status(came, excused) is FollowUpStatus.SEEN


def test_a_seen_appointment_before_the_last_one_was_created_does_not() -> None:
    came = met(starts_in=-9 * DAY, ago=20 * DAY, outcome=Outcome.SEEN)
    missed = met(starts_in=-HOUR, ago=DAY, outcome=Outcome.NOSHOW)
    assert status(came, missed) is FollowUpStatus.NOSHOW


def test_an_absence_an_excuse_and_a_service_that_cancels_say_so() -> None:
    for outcome in (Outcome.NOSHOW, Outcome.EXCUSED, Outcome.REVOKED):
        assert status(met(starts_in=-HOUR, outcome=outcome)).value == outcome.value


def test_a_cancelled_appointment_to_come_is_no_longer_to_come() -> None:
    assert status(met(starts_in=DAY, outcome=Outcome.EXCUSED)) is FollowUpStatus.EXCUSED


def test_whoever_cancelled_and_is_invited_again_is_waited_for_at_once() -> None:
    cancelled = met(starts_in=5 * DAY, ago=2 * DAY, outcome=Outcome.EXCUSED)
    assert status(cancelled, invited(ago=HOUR)) is FollowUpStatus.INVITATION_PENDING
    assert status(cancelled, invited(ago=3 * DAY)) is FollowUpStatus.EXCUSED


def test_a_past_appointment_nobody_spoke_of_needs_its_outcome() -> None:
    assert status(met(starts_in=-HOUR)) is FollowUpStatus.OUTCOME_NEEDED


def test_an_invitation_that_never_expires_waits_until_it_is_answered() -> None:
    assert status(invited(ago=300 * DAY, lives=None)) is FollowUpStatus.INVITATION_PENDING


def test_an_answered_invitation_that_never_expires_keeps_nothing_pending() -> None:
    workshop = invited(ago=HOUR, lives=None, answered=True)
    assert status(met(starts_in=-DAY, ago=2 * DAY, outcome=Outcome.SEEN), workshop) is FollowUpStatus.SEEN


def test_action_is_needed_exactly_where_domain_md_says() -> None:
    assert {one.value for one in ACTION_NEEDED} == {
        "invitation_expired", "outcome_needed", "noshow", "excused", "revoked",
    }  # fmt: skip


moments = st.integers(-60 * 24, 60 * 24).map(lambda hours: NOW + hours * HOUR)
past = st.integers(0, 60 * 24).map(lambda hours: NOW - hours * HOUR)
invitations = st.lists(
    st.builds(
        Addressed, created_at=past, expires_at=st.none() | moments, is_ended=st.booleans(), is_answered=st.booleans()
    ),
    max_size=4,
)
participations = st.lists(
    st.builds(Met, created_at=past, starts_at=moments, outcome=st.sampled_from(Outcome)),
    max_size=4,
    unique_by=lambda one: one.created_at,
)


@given(invitations, participations, st.booleans(), st.randoms(use_true_random=False))
def test_the_order_in_which_facts_are_read_changes_nothing(
    sent: list[Addressed], seen: list[Met], is_closed: bool, chance: object
) -> None:
    before = derive(sent, seen, is_closed=is_closed, now=NOW)
    shuffled_sent, shuffled_seen = list(sent), list(seen)
    chance.shuffle(shuffled_sent)  # type: ignore[attr-defined]
    chance.shuffle(shuffled_seen)  # type: ignore[attr-defined]
    assert derive(shuffled_sent, shuffled_seen, is_closed=is_closed, now=NOW) is before


@given(invitations, participations)
def test_someone_addressed_is_never_called_not_invited(sent: list[Addressed], seen: list[Met]) -> None:
    found = derive(sent, seen, is_closed=False, now=NOW)
    assert (found is FollowUpStatus.NOT_INVITED) == (not sent and not seen)


@given(participations.filter(bool), st.integers(1, 10_000))
def test_without_an_invitation_no_status_speaks_of_one(seen: list[Met], hours: int) -> None:
    later: datetime = NOW + hours * HOUR
    assert "invit" not in derive([], seen, is_closed=False, now=later).value
