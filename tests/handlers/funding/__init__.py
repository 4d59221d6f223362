"""/funding."""
