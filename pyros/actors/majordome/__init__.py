"""Decides what the house does: holds, safety, which sequence starts."""
