"""Reads devices and weather into observing conditions."""
