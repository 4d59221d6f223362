"""/funding carry and /funding roll."""
