"""The dashboard: reads the store and the bus, sends orders."""
