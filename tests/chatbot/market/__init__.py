"""Tests of chatbot.market: recorded answers, faults, ages. No network beyond 127.0.0.1."""
