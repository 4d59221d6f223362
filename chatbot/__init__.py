"""The bot: how it hears, how it answers, what it can work out."""
