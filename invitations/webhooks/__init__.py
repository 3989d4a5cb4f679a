"""Telling other software what happens here: who wants to know, what they are owed, and how it went."""
