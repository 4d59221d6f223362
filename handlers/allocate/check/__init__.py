"""/allocate check: five questions to a futures position."""
