"""Data for drawings."""
