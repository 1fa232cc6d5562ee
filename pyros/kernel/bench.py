"""The figures of the kernel beside plain Pykka."""
