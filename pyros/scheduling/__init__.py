"""A telescope scheduling library that stands alone."""
