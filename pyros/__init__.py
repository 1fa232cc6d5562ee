"""PyROS runs an autonomous telescope."""

__version__ = "0.1.0"
