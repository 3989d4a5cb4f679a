"""Backups: one file of the whole database as it was at one moment, and a manifest beside it by which it is judged.

`taking` makes them, `checking` looks at one, `bringing_back` puts one in place of a database, `afterwards` is what a database
needs that knows nothing of what happened since. docs/decisions/0036.
"""
