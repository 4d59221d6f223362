"""How many contracts hedge these coins, what that costs over a horizon, and where it is liquidated."""
