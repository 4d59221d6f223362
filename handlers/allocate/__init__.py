"""/allocate: from what is held to what is wanted, and the trades between."""
