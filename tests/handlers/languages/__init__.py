"""Tests of what is said in each language."""
