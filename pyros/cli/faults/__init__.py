"""Nights with planned faults: what may go wrong, how it is committed, what must hold all along."""
