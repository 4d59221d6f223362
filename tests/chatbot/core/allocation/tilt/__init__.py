"""Tests of tilts: what changes, legs, deltas, stops, break-even."""
