"""Races over HTTP: real `rdv serve`, client processes that all want the same thing at once, and a judge.

Shared by tests/journeys/test_race_http.py, which runs a few hundred attempts, and by `make bench`, which runs 10,000.
The judge counts in the database afterwards; what clients were told is compared with what is there.
"""
