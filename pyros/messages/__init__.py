"""Commands go down, events go up: the whole protocol of the house."""
