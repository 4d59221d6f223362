"""Alerts: which rules fire, clear and stay silent. Pure: rules, states, what the markets say, now -> events, states."""
