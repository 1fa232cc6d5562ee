"""Figures that need a whole house."""
