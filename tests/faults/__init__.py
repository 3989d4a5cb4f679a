"""Faults, by real processes: schedulers are killed, the provider, the database and the disk fail, clocks jump; and a judge counts.

Shared by test_faults.py, which owes some hundred texts, and by `python -m tests.bench faults`, which owes 10,000.
The judge compares the database with the provider's own record of what it took.
"""
