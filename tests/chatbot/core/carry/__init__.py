"""Cash-and-carry and the roll."""
