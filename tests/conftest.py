"""What holds for every test."""

import os

os.environ.setdefault("PTB_TIMEDELTA", "true")  # as the roof sets it: waits are timedelta, without a warning
