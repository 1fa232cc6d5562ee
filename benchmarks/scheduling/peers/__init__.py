"""The same nights, planned by other software: one script each, same files, same judge."""
