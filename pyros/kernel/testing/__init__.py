"""The deterministic runtime and the planned faults that tests run on."""
