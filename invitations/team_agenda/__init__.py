"""A team's agenda as one picture: openings, what keeps agents away, closing days, appointments.

`picture` all of it for agents and days · `receiving` when they receive, and days on which nobody does · `away` what takes
their time besides · `meetings` appointments and who is expected · `times` a wall time of a form, and free ones nearby · `choosing` types to book.
"""

from invitations.team_agenda.away import Away, Reason
from invitations.team_agenda.meetings import Guest, Meeting
from invitations.team_agenda.picture import Picture, read, zone_of
from invitations.team_agenda.receiving import ClosedDay, Receiving

__all__ = ["Away", "ClosedDay", "Guest", "Meeting", "Picture", "Reason", "Receiving", "read", "zone_of"]
