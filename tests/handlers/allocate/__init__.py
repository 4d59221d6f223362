"""Tests of /allocate."""
