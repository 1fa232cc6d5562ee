"""The database: rows in, values out."""
