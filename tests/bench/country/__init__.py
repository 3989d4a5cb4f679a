"""A département or a country, invented from a seed: people, teams, openings, and what happened to each person over months.

`python -m tests.bench.country --for-trial postgresql://… --departments 2 --people 20000` fills an empty database. It does not
ship: nothing that writes thousands of people belongs on a machine that serves real ones. What is assumed of how people live is
in `habits`; addresses are of real communes, numbers only from the ranges that Arcep keeps for fiction.
"""
