"""What an agent opens. French paths below `/agents`."""

from flask import Blueprint

from app.agents import (
    absences,
    appointment_types,
    categories,
    dating,
    day,
    imports,
    inviting,
    messages,
    openings,
    people,
    person,
    results,
    settings,
    signing_in,
    today,
)

BLUEPRINTS: tuple[Blueprint, ...] = (
    dating.bp,
    person.bp,
    inviting.bp,
    people.bp,
    today.bp,
    signing_in.bp,
    results.bp,
    absences.bp,
    appointment_types.bp,
    categories.bp,
    day.bp,
    imports.bp,
    messages.bp,
    openings.bp,
    settings.bp,
)
