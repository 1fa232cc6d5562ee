"""The Alpaca face."""
