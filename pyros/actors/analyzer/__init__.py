"""Hands images to worker processes and files what they find."""
