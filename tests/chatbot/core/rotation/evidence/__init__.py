"""The trial of the rule of rotation."""
