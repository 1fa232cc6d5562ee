"""Boxes behind an INDI server."""
