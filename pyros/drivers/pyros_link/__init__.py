"""Boxes that speak our own protocol."""
