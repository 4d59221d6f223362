"""Tests of what people write and see of alerts."""
