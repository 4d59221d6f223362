"""Tests of /portfolio."""
