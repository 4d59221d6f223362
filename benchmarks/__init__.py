"""How fast the bot answers, beside a bare echo bot on the same machine in the same run."""
