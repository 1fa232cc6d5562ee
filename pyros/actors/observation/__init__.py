"""Carries out sequences, step by step."""
