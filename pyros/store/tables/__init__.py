"""Database rows, which never leave the store."""
