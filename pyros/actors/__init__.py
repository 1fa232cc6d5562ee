"""The supervised actors of the observatory, one package a manager."""
