"""What holds for every test."""

import os

from hypothesis import settings

os.environ.setdefault("PTB_TIMEDELTA", "true")  # as the roof sets it: waits are timedelta, without a warning

settings.register_profile("suite", deadline=None)  # a busy machine is no failure
settings.load_profile("suite")
