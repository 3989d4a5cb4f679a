"""What a beneficiary opens.

These pages use no cookie: the code in the address is the only authority, so there is nothing a form token could
protect. They are exempt from it, and a test looks that none of them sets a cookie.
"""

from flask import Blueprint

from app.languages import attach
from app.public import (
    appointment,
    booking,
    callback,
    code,
    contact,
    ended,
    home,
    logo,
    mailbox,
    needs,
    refusing,
    statistics,
    statutory,
    waiting,
    well_known,
)
from app.security import csrf

BLUEPRINTS: tuple[Blueprint, ...] = (
    home.bp,
    booking.bp,
    callback.bp,
    code.bp,
    appointment.bp,
    waiting.bp,
    ended.bp,
    needs.bp,
    contact.bp,
    refusing.bp,
    mailbox.bp,
    statutory.bp,
    statistics.bp,
    logo.bp,
    well_known.bp,
)

for _blueprint in BLUEPRINTS:
    csrf.exempt(_blueprint)
    attach(_blueprint)
