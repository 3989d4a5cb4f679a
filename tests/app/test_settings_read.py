"""What administrators set is what people read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient

from invitations.models import AppointmentType, Place
from tests.app.town import Town, words_of
from tests.conftest import Clock

THURSDAY_9_00 = datetime(2026, 11, 26, 8, 0, tzinfo=UTC)


@pytest.fixture
def booked(town: Town, phone: FlaskClient) -> str:
    """The page of an appointment on Thursday at 9:00."""
    with town.changing() as world:
        world.session.get_one(Place, world.place.id).phone = "+33475112233"
        world.session.get_one(AppointmentType, world.type.id).instructions_after = "Renvoyez l’attestation signée."
    return str(phone.post(town.invite(), data={"creneau": town.token(THURSDAY_9_00)}).location)


def test_the_places_telephone_is_on_the_page_of_an_appointment(phone: FlaskClient, booked: str) -> None:
    assert "Téléphone du lieu : 04 75 11 22 33" in words_of(phone.get(booked).text)


def test_what_follows_is_told_once_the_appointment_is_over(phone: FlaskClient, booked: str, clock: Clock) -> None:
    assert "attestation" not in phone.get(booked).text
    clock.pass_by(timedelta(days=3))
    assert "Pour la suite Renvoyez l’attestation signée." in words_of(phone.get(booked).text)
