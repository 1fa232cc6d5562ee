"""From a packet to an alert and its request."""
