"""/rotate as it is asked and answered."""
