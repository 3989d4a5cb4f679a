"""Telling France Travail of appointments: who chose it, what is owed, how it went, what was taken back."""
