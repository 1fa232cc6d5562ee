"""The observatory and its simulators in one process, under one clock."""
