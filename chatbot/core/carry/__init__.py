"""Coins bought and sold forward at once: cash-and-carry, its reverse, and the roll into the next dated contract."""
