"""The one YAML file an admin edits, and what is wrong with it."""
