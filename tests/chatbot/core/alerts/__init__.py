"""Alerts: what fires, clears and stays silent, by literal figures and by laws."""
