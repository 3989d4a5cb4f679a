"""Why a cell or a row is refused, or doubted. The words for people live in `app/labels.py`."""

from __future__ import annotations

from enum import StrEnum


class Doubt(StrEnum):
    # A cell: the value is left out, the row goes on without it.
    PHONE_INVALID = "phone_invalid"
    EMAIL_INVALID = "email_invalid"
    DATE_UNREADABLE = "date_unreadable"
    DATE_IMPOSSIBLE = "date_impossible"
    TITLE_UNKNOWN = "title_unknown"
    ROLE_UNKNOWN = "role_unknown"
    NUMBER_UNREADABLE = "number_unreadable"
    POSTCODE_INVALID = "postcode_invalid"
    NIR_HIDDEN = "nir_hidden"
    AFFILIATION_IS_NIR = "affiliation_is_nir"
    NIR_UNREADABLE = "nir_unreadable"
    NIR_KEY = "nir_key"
    # A cell: something to know.
    SEVERAL_PHONES = "several_phones"
    SEVERAL_EMAILS = "several_emails"
    EMAIL_ACCENTS = "email_accents"
    LANDLINE_LEFT_OUT = "landline_left_out"
    CORRECTED_BY_PERSON = "corrected_by_person"
    WORSE_EMAIL_LEFT_OUT = "worse_email_left_out"
    TOO_LONG = "too_long"
    NIR_SEX_DIFFERS = "nir_sex_differs"
    NIR_YEAR_DIFFERS = "nir_year_differs"
    # The row is refused.
    NAME_MISSING = "name_missing"
    NO_IDENTIFIER = "no_identifier"
    NOT_IN_LIST = "not_in_list"
    # The row is a question for a human.
    SEVERAL_PEOPLE = "several_people"
    SOMEBODY_ELSE = "somebody_else"
    NAMES_DIFFER = "names_differ"
    CONFLICTING_ROWS = "conflicting_rows"
    # The row: something to know.
    SAME_AS_ROW = "same_as_row"
    KNOWN_ELSEWHERE = "known_elsewhere"
