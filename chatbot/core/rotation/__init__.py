"""Which sectors lead, what says that a narrative is over, and how to move money from one into another."""
