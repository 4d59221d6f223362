"""Tests of what a portfolio may lose."""
