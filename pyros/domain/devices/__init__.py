"""What a device is, does and says, whatever box stands behind it."""
