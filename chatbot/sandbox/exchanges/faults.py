"""What may be wrong with an exchange, and which exchange it is wrong with now: switched by a test or by a person."""

from dataclasses import dataclass
from enum import Enum


class Fault(Enum):
    """One way in which an exchange fails."""

    SLOW = "slow"  # answers long after everybody has given up
    RATE_LIMITED = "rate_limited"  # 429
    BANNED = "banned"  # 418
    FORBIDDEN = "forbidden"  # 403
    REGION_BLOCKED = "region_blocked"  # 451
    SERVER_ERROR = "server_error"  # 503
    BROKEN_JSON = "broken_json"  # 200, cut off in the middle
    HTML_PAGE = "html_page"  # 200, a page for people
    RESET = "reset"  # the connection is reset
    STALE = "stale"  # everything is as it was ten minutes ago


@dataclass(frozen=True, slots=True)
class _Switch:
    exchange: str
    path_contains: str


class Faults:
    """The switches. A fault holds for those paths of an exchange that contain `path_contains`; the longest wins."""

    def __init__(self) -> None:
        self._switches: dict[_Switch, Fault] = {}

    def set(self, exchange: str, fault: Fault | None, path_contains: str = "") -> None:
        """Switches a fault on, or with None off: then every fault whose `path_contains` contains this one."""
        if fault is not None:
            self._switches[_Switch(exchange, path_contains)] = fault
            return
        for switch in [s for s in self._switches if s.exchange == exchange and path_contains in s.path_contains]:
            del self._switches[switch]

    def of(self, exchange: str, path: str) -> Fault | None:
        """What is wrong with this path now."""
        matching = [s for s in self._switches if s.exchange == exchange and s.path_contains in path]
        return self._switches[max(matching, key=lambda s: len(s.path_contains))] if matching else None
