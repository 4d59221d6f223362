"""/allocate tilt and /allocate enhance: another weighting by futures, beside the same by selling coins."""
