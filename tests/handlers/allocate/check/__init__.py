"""Tests of /allocate check."""
