"""Asks the scheduling library for a plan of the night."""
