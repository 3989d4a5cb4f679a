"""Structures and services that data·inclusion publishes: read from a file or an address, compared, kept, shown near an appointment."""
