"""What the bot can be asked: one module per command."""
