"""Reports to the science centre and the instrument centre."""
