"""Tests of the sandbox: the simulated exchanges and the local Bot API server."""
