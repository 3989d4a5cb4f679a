"""Recurrences and slots: plain arithmetic, and the one search that reads the tables for it."""
