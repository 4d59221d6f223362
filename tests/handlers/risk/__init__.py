"""Tests of /risk."""
