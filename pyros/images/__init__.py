"""FITS, calibration, detection: arrays in, arrays and tables out."""
