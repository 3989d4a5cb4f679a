"""Trials: how to address somebody is drawn by lot, so that what differs afterwards is the way of addressing."""
