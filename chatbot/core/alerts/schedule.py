"""When lists are due: at each settlement, or at an hour of somebody's day. Times in arrays are Unix seconds."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from chatbot.core.alerts.columns import Floats, Integers, RuleColumns, Small

SETTLEMENT = timedelta(hours=8)  # 00:00, 08:00 and 16:00 UTC
HOURS = 24


def settlement_before(now: datetime) -> datetime:
    """The last one, `now` itself where it is one."""
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + (now - midnight) // SETTLEMENT * SETTLEMENT


def next_settlement(now: datetime) -> datetime:
    """The first one after `now`."""
    return settlement_before(now) + SETTLEMENT


def next_hour(hour: int, zone: str, now: datetime) -> datetime:
    """The first time after `now` that it is `hour` o'clock in `zone`, once a day.

    An hour that the clocks leave out is the one after it; of one that comes twice the first counts.
    """
    here = now.astimezone(ZoneInfo(zone)).replace(hour=hour, minute=0, second=0, microsecond=0, fold=0)
    days = ((here + timedelta(days=ahead)).astimezone(UTC) for ahead in range(3))
    return next(day for day in days if day > now)


def next_lists(rules: RuleColumns, rows: Integers, now: datetime) -> Floats:
    """When each of these rows is due after `now`: those with an hour at it, the others at the next settlement."""
    hours, zones = rules.hour[rows], rules.zone[rows]
    keys, places = np.unique(_keys(hours, zones), return_inverse=True)
    times = [_next_list(int(key) % (HOURS + 1) - 1, rules.zones[int(key) // (HOURS + 1)], now) for key in keys]
    return np.array(times, np.float64)[places]


def _keys(hours: Small, zones: Small) -> Integers:
    return zones.astype(np.int64) * (HOURS + 1) + hours + 1


def _next_list(hour: int, zone: str, now: datetime) -> float:
    due_at = next_settlement(now) if hour < 0 else next_hour(hour, zone, now)
    return due_at.timestamp()
