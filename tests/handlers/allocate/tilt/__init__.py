"""Tests of /allocate tilt and /allocate enhance."""
