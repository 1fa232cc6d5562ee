"""Boxes behind an ASCOM Alpaca server."""
