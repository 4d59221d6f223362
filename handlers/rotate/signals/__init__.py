"""What says that a narrative is worn out or begins, and which perpetuals are new."""
