"""Nights to compare schedulers on, an independent judge, and other people's schedulers."""
