"""Every refusal of the domain has its page; every reason not to invite someone has its sentence."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from app.errors import PAGES, page_of
from app.refusals import REASONS
from invitations import errors


def kinds(parent: type[errors.DomainError]) -> Iterator[type[errors.DomainError]]:
    for child in parent.__subclasses__():
        if child.__module__ == errors.__name__:
            yield child
            yield from kinds(child)


REFUSALS = list(kinds(errors.DomainError))


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda one: one.__name__)
def test_every_refusal_has_a_page(put_together: Flask, refusal: type[errors.DomainError]) -> None:
    status, template = page_of(refusal)
    assert status in {401, 403, 404, 409, 410, 422, 429, 503}
    assert put_together.jinja_env.get_template(template)


@pytest.mark.parametrize("refusal", list(kinds(errors.InviteRefused)), ids=lambda one: one.__name__)
def test_every_reason_not_to_invite_has_words_of_its_own(refusal: type[errors.DomainError]) -> None:
    assert refusal in REASONS


def test_no_page_is_kept_for_a_refusal_that_is_gone() -> None:
    assert set(PAGES) <= set(REFUSALS)
    assert set(REASONS) <= set(REFUSALS)
