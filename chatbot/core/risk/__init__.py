"""What a portfolio may lose: its own past, what each coin adds, what a fall of bitcoin does, what is liquidated."""
