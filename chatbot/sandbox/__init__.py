"""Telegram and the exchanges on this machine, for trying the bot with no account and no network."""
