"""Composition root: configuration in, running observatory out."""
