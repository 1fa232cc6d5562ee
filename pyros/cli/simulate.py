"""Serve the simulators for ever."""
