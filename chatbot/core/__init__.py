"""The calculations. Pure: no network, no database, no clock, no Telegram, no ccxt."""
