"""How to speak to one box."""
