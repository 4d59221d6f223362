"""Rotation: sectors, strength, signals, plans, evidence."""
