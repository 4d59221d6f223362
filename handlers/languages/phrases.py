"""What alerts and digests say, by name; the tables say it in each language with the same placeholders."""

from enum import Enum, auto


class Phrase(Enum):
    """One sentence, or part of one. Placeholders are named in braces in the tables."""

    # headlines
    RATE_ABOVE = auto()
    RATE_BELOW = auto()
    SPREAD_ABOVE = auto()
    SPREAD_BELOW = auto()
    BASIS_ABOVE = auto()
    BASIS_BELOW = auto()
    FLIPPED = auto()
    FLIPPED_FROM = auto()
    INTERVAL_NEW = auto()
    INTERVAL_FROM = auto()
    BEYOND = auto()
    LIST = auto()
    SEVERAL = auto()
    # what it means
    LONGS_PAY = auto()
    SHORTS_PAY = auto()
    SPREAD_EARNS = auto()
    PREMIUM = auto()
    DISCOUNT = auto()
    LEGEND = auto()
    SHORT_RECEIVES = auto()
    SHORT_PAYS = auto()
    LONG_RECEIVES = auto()
    LONG_PAYS = auto()
    NEXT_CHARGE = auto()
    # parts
    PER_INTERVAL = auto()
    PER_YEAR = auto()
    ON_EXCHANGE = auto()
    HOURS = auto()
    INTERVAL_UNKNOWN = auto()
    EVERY = auto()
    MORE = auto()
    AND_MORE = auto()
    # how it came to be told
    RULE = auto()
    BACKED_OFF = auto()
    LATE = auto()
    PERHAPS_SEEN = auto()
    PERHAPS_SEEN_LINE = auto()
    # digests
    DIGEST = auto()
    EXTREMES_HEAD = auto()
    FLIPS_HEAD = auto()
    INTERVALS_HEAD = auto()
    NOTHING_NOW = auto()
    AS_OF = auto()
    # buttons
    SNOOZE_HOUR = auto()
    SNOOZE_SETTLEMENT = auto()
    SNOOZE_HALF = auto()
    EDIT = auto()
    DELETE = auto()
    WHY = auto()
    ALL_ALERTS = auto()
    FOR_MY_HOLDINGS = auto()
    ALL_FUNDING = auto()
