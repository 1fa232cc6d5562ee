"""One supervised actor for each device."""
