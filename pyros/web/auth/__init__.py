"""Who is there: passwords, sessions, throttle."""
