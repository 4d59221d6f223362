"""Simulated exchanges behind one gateway: real wire formats, invented figures, switchable faults."""

from chatbot.sandbox.exchanges.faults import Fault, Faults
from chatbot.sandbox.exchanges.gateway import exchanges_app, requests

__all__ = ["Fault", "Faults", "exchanges_app", "requests"]
