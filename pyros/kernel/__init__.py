"""Supervised actors over Pykka: trees, restarts, watchdog, clock, bus."""
