"""Rotations in stages, with a bridge."""
