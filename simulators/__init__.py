"""Devices, sky and weather that are not real, and do not know it."""
