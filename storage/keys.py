"""Short keys for buttons: 8 characters of A-Z a-z 0-9 _ -, which nobody can guess."""

import secrets


def new_key() -> str:
    """48 random bits."""
    return secrets.token_urlsafe(6)
