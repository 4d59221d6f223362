"""/rotate test: what the rule of rotation would have come to, and how that is said."""
