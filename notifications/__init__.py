"""The outside world: text messages, email, calendars. Imports neither `app` nor `invitations`; knows no table."""
