"""Tests that take minutes: `make endurance` runs them, `make test` does not."""
