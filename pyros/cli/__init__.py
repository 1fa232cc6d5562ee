"""The pyros command."""
