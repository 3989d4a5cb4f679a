"""The columns of the two files of a move; `app.moving_house_words` knows their names and their order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from invitations.models import Outcome
from invitations.uploads.headers import Field


class Column(StrEnum):
    """What a column holds; the first fifteen say who it is about, in both files."""

    TITLE = "title"
    LAST_NAME = "last_name"
    FIRST_NAME = "first_name"
    AFFILIATION_NUMBER = "affiliation_number"
    DEPARTMENT_INTERNAL_ID = "department_internal_id"
    FRANCE_TRAVAIL_ID = "france_travail_id"
    EMAIL = "email"
    ADDRESS = "address"
    POSTCODE = "postcode"
    CITY = "city"
    PHONE = "phone"
    BIRTH_ON = "birth_on"
    CREATED_ON = "created_on"
    RIGHTS_OPENED_ON = "rights_opened_on"
    ROLE = "role"
    # Of people.
    FIRST_INVITED_ON = "first_invited_on"
    LAST_INVITED_ON = "last_invited_on"
    LAST_CONVENED_ON = "last_convened_on"
    LAST_MEETING_ON = "last_meeting_on"
    LAST_MEETING_AT = "last_meeting_at"
    LAST_MEETING_TYPE = "last_meeting_type"
    LAST_MEETING_NATURE = "last_meeting_nature"
    LAST_MEETING_BY_PERSON = "last_meeting_by_person"
    LAST_MEETING_MADE_ON = "last_meeting_made_on"
    LAST_MEETING_OUTCOME = "last_meeting_outcome"
    SEEN_IN_30_DAYS = "seen_in_30_days"
    SEEN_IN_15_DAYS = "seen_in_15_days"
    ORIENTED_ON = "oriented_on"
    ORIENTATION_KIND = "orientation_kind"
    SUPPORTED_FROM = "supported_from"
    SUPPORTED_TO = "supported_to"
    SUPPORTED_BY = "supported_by"
    REFERENTS = "referents"
    ORGANISATIONS_COUNT = "organisations_count"
    ORGANISATIONS = "organisations"
    TAGS = "tags"
    ARCHIVED_ON = "archived_on"
    ARCHIVE_REASON = "archive_reason"
    # Of appointments.
    ON = "on"
    AT = "at"
    TYPE = "type"
    NATURE = "nature"
    BY_PERSON = "by_person"
    MADE_ON = "made_on"
    OUTCOME = "outcome"
    ORGANISATION = "organisation"
    PRESCRIBED = "prescribed"
    PRESCRIBER_FIRST_NAME = "prescriber_first_name"
    PRESCRIBER_LAST_NAME = "prescriber_last_name"
    PRESCRIBER_EMAIL = "prescriber_email"
    # Ours: what the field's files don't say.
    MINUTES = "minutes"
    PLACE = "place"
    AGENTS = "agents"
    DETAILS = "details"  # JSON: moments to the second, identifiers of ours


# Who a line is about, as an import reads it.
IDENTITY = {
    Column.TITLE: Field.TITLE,
    Column.LAST_NAME: Field.LAST_NAME,
    Column.FIRST_NAME: Field.FIRST_NAME,
    Column.AFFILIATION_NUMBER: Field.AFFILIATION_NUMBER,
    Column.DEPARTMENT_INTERNAL_ID: Field.DEPARTMENT_INTERNAL_ID,
    Column.FRANCE_TRAVAIL_ID: Field.FRANCE_TRAVAIL_ID,
    Column.EMAIL: Field.EMAIL,
    Column.ADDRESS: Field.ADDRESS,
    Column.POSTCODE: Field.POSTCODE,
    Column.CITY: Field.CITY,
    Column.PHONE: Field.PHONE,
    Column.BIRTH_ON: Field.BIRTH_ON,
    Column.RIGHTS_OPENED_ON: Field.RIGHTS_OPENED_ON,
    Column.ROLE: Field.ROLE,
}
# What a line may say that is not carried over: the appointments' file says it, or it is computed, or nobody here needs it.
NOT_CARRIED = frozenset(
    {
        *(Column.LAST_MEETING_ON, Column.LAST_MEETING_AT, Column.LAST_MEETING_TYPE, Column.LAST_MEETING_NATURE),
        *(Column.LAST_MEETING_BY_PERSON, Column.LAST_MEETING_MADE_ON, Column.LAST_MEETING_OUTCOME),
        *(Column.SEEN_IN_30_DAYS, Column.SEEN_IN_15_DAYS, Column.ORGANISATIONS_COUNT, Column.NATURE),
        *(Column.ORIENTED_ON, Column.ORIENTATION_KIND, Column.SUPPORTED_FROM, Column.SUPPORTED_TO, Column.SUPPORTED_BY),
        *(Column.PRESCRIBED, Column.PRESCRIBER_FIRST_NAME, Column.PRESCRIBER_LAST_NAME, Column.PRESCRIBER_EMAIL),
    }
)
PEOPLE_NEED = frozenset({Column.LAST_NAME, Column.FIRST_NAME})
MEETINGS_NEED = PEOPLE_NEED | {Column.ON, Column.AT, Column.TYPE, Column.ORGANISATION, Column.OUTCOME}


@dataclass(frozen=True, slots=True)
class Wording:
    """What files call things. `people`, `meetings`: columns by each name that they go by, the order that of the file."""

    people: Mapping[str, Column]
    meetings: Mapping[str, Column]
    outcomes: Mapping[str, Outcome]
    yes: str
    no: str
    alone: str
    together: str


class Trouble(StrEnum):
    """Why a line, or a part of it, is not carried over; words in `app.moving_house_words`."""

    NO_NAME = "no_name"
    NO_IDENTIFIER = "no_identifier"
    SEVERAL_PEOPLE = "several_people"
    SOMEBODY_ELSE = "somebody_else"
    ELSEWHERE = "elsewhere"  # the identifier is one of another département here
    DETAILS_UNREADABLE = "details_unreadable"
    ORGANISATION_UNKNOWN = "organisation_unknown"
    PERSON_UNKNOWN = "person_unknown"
    DATE_UNREADABLE = "date_unreadable"
    TYPE_UNKNOWN = "type_unknown"
    OUTCOME_UNKNOWN = "outcome_unknown"
    OUTCOME_TOO_EARLY = "outcome_too_early"
    NO_AGENT = "no_agent"
    AGENT_TAKEN = "agent_taken"
    OURS = "ours"  # an error of ours
    # The line goes on without it.
    CELL_LEFT_OUT = "cell_left_out"
    AGENT_UNKNOWN = "agent_unknown"
    PLACE_UNKNOWN = "place_unknown"
    CATEGORY_UNKNOWN = "category_unknown"
    CATEGORY_MISSING = "category_missing"


_GOES_ON = frozenset(
    {
        Trouble.CELL_LEFT_OUT,
        Trouble.AGENT_UNKNOWN,
        Trouble.PLACE_UNKNOWN,
        Trouble.CATEGORY_UNKNOWN,
        Trouble.CATEGORY_MISSING,
    }
)


def stops(why: Trouble, *, of_people: bool) -> bool:
    """True when nothing of the line is carried over. A person may belong to one organisation known here and one that is not."""
    return why not in _GOES_ON and not (of_people and why is Trouble.ORGANISATION_UNKNOWN)


class Refused(Exception):
    """A line is not carried over. `why`: a Trouble."""

    def __init__(self, why: Trouble) -> None:
        super().__init__(why.value)
        self.why = why
