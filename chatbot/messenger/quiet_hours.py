"""When a chat wants to hear nothing that it did not ask for. Pure."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from chatbot.command import ChatSettings


def quiet_until(settings: ChatSettings, now: datetime) -> datetime | None:
    """The end of the quiet hours that `now` lies in, in UTC, or None where it lies in none.

    Hours are those of the clock on the wall in the chat's zone, also on the days on which it is set.
    """
    quiet = settings.quiet
    if quiet is None:
        return None
    local = now.astimezone(ZoneInfo(settings.zone))
    if not _is_within(local.hour, quiet.from_hour, quiet.to_hour):
        return None
    end = local.replace(hour=quiet.to_hour, minute=0, second=0, microsecond=0, fold=0)
    while end.astimezone(UTC) <= now:
        end += timedelta(days=1)
    return end.astimezone(UTC)


def _is_within(hour: int, from_hour: int, to_hour: int) -> bool:
    if from_hour < to_hour:
        return from_hour <= hour < to_hour
    return hour >= from_hour or hour < to_hour
