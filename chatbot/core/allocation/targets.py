"""Presets and percentages as one thing: slices of the whole, each of which takes some buckets or some coins.

Law: the shares of a target sum to one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_DOWN, Decimal
from enum import Enum

from chatbot.core.catalogue import SECTORS, members
from chatbot.core.chats import Bucket
from chatbot.core.errors import UserMistake

MAJORS = ("BTC", "ETH")
HUNDRED = Decimal(100)
ONE, TENTH_OF_A_PERCENT = Decimal(1), Decimal("0.001")
MARGIN_WORDS = "Short margin"
OVERLAY_SHARE = Decimal("0.3")  # of the core, at most: above it the symbiosis preset is outside of its own range


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of the whole: these `coins` wherever they belong, else everything of these buckets."""

    words: str
    wanted_share: Decimal
    buckets: tuple[Bucket, ...]
    coins: tuple[str, ...] = ()


class Base(Enum):
    """What a hedging leg is a part of."""

    TOTAL = "the total"
    FIRST = "the core"
    LAST = "the last slice"


@dataclass(frozen=True, slots=True)
class ShortLeg:
    """Short bitcoin worth between `low_share` and `high_share` of `base`."""

    low_share: Decimal
    high_share: Decimal
    base: Base = Base.TOTAL

    @property
    def middle_share(self) -> Decimal:
        """Halfway."""
        return (self.low_share + self.high_share) / 2


@dataclass(frozen=True, slots=True)
class Target:
    """`name` is what it is stored and asked for by. `idea` and `danger`: what it is for, and where its risk is from.

    `limits` are the words of its futures legs; `futures_cap_share` is the most margin that it puts at risk there.
    """

    name: str
    slices: tuple[Slice, ...]
    idea: str = "Percentages of your own: foundation, growth, small caps, small-cap futures, stables."
    danger: str = "Risk: that of its largest bucket."
    limits: str = ""
    short: ShortLeg | None = None
    futures_cap_share: Decimal = Decimal("0.15")

    def slice_of(self, coin: str, bucket: Bucket) -> int | None:
        """The place of the slice that takes this coin: one that names it, else the first that takes its bucket."""
        for at, each in enumerate(self.slices):
            if coin in each.coins:
                return at
        return next((at for at, each in enumerate(self.slices) if not each.coins and bucket in each.buckets), None)

    @property
    def futures_share(self) -> Decimal:
        """What is meant for small-cap futures alone."""
        return sum((each.wanted_share for each in self.slices if each.buckets == (Bucket.FUTURES,)), Decimal(0))


BUCKET_WORDS: Mapping[Bucket, str] = {
    Bucket.FOUNDATION: "Foundation",
    Bucket.GROWTH: "Growth",
    Bucket.SMALL: "Small caps",
    Bucket.FUTURES: "Small-cap futures",
    Bucket.STABLES: "Stables",
}


def _of(percent: int, words: str, *buckets: Bucket, coins: tuple[str, ...] = ()) -> Slice:
    return Slice(words, Decimal(percent) / HUNDRED, buckets, coins)


def _bucket(percent: int, bucket: Bucket) -> Slice:
    return _of(percent, BUCKET_WORDS[bucket], bucket)


_ALTS = (Bucket.FOUNDATION, Bucket.GROWTH)
_BETS = (Bucket.SMALL, Bucket.FUTURES)

PRESETS: tuple[Target, ...] = (
    Target(
        "balanced",
        (
            _bucket(60, Bucket.FOUNDATION),
            _bucket(25, Bucket.GROWTH),
            _bucket(10, Bucket.SMALL),
            _bucket(5, Bucket.FUTURES),
        ),
        "Mostly large caps, a quarter in growth, small bets on top.",
        "Risk: the market as a whole; nothing in it gains when bitcoin falls.",
        "futures at 2x to 5x",
    ),
    Target(
        "bull",
        (
            _of(40, "Foundation", Bucket.FOUNDATION, coins=MAJORS),
            _of(35, "Mid + large alts", *_ALTS),
            _bucket(15, Bucket.FUTURES),
            _bucket(10, Bucket.STABLES),
        ),
        "Alts and futures for a rising market; profits go half to stables, half to the foundation.",
        "Risk: alts fall further than bitcoin, and the futures bucket can be lost whole.",
        "2 or 3 narratives of several positions each, at 3x to 5x",
    ),
    Target(
        "bear",
        (
            _bucket(55, Bucket.FOUNDATION),
            _bucket(25, Bucket.STABLES),
            _bucket(10, Bucket.FUTURES),
            _bucket(10, Bucket.GROWTH),
        ),
        "A quarter waits in stables; small-cap futures are shorts, or longs at low leverage.",
        "Risk: sharp rallies liquidate shorts, and the foundation still falls with the market.",
        "shorts, longs at 2x at most",
        futures_cap_share=Decimal("0.10"),
    ),
    Target(
        "resilience",
        (_of(55, "Core", Bucket.FOUNDATION), _of(30, "Mid-cap growth", Bucket.GROWTH), _of(15, "Speculative", *_BETS)),
        "Core 50 to 60, growth 25 to 35, speculation 10 to 15: the midpoints.",
        "Risk: no stables, so a fall is met with nothing to buy with.",
    ),
    Target(
        "longbeta",
        (
            _of(30, "BTC and ETH", Bucket.FOUNDATION, coins=MAJORS),
            _of(50, "Layer 1 and DeFi", *_ALTS),
            _of(20, "Speculative", *_BETS),
        ),
        "Long what moves more than bitcoin, with a tenth short in bitcoin.",
        "Risk: a short of a tenth covers little of a beta well above one.",
        short=ShortLeg(Decimal("0.10"), Decimal("0.10")),
    ),
    Target(
        "preservation",
        (
            _of(70, "BTC and ETH", Bucket.FOUNDATION, coins=MAJORS),
            _of(30, "Alts", Bucket.FOUNDATION, Bucket.GROWTH, Bucket.SMALL),
        ),
        "Keep the coins, and short a third to a half of the whole in bitcoin.",
        "Risk: the short's margin when prices rise, and alts falling further than bitcoin.",
        short=ShortLeg(Decimal("0.30"), Decimal("0.50")),
    ),
    Target(
        "symbiosis",
        (
            _of(60, "Core", Bucket.FOUNDATION),
            _of(20, "Alpha engine", Bucket.GROWTH, Bucket.SMALL, Bucket.FUTURES),
            _of(20, "Stables", Bucket.STABLES),
        ),
        "Core 40 to 70, up to 30 % of it hedged, an alpha engine of 10 to 30 beside it; stables are the margin.",
        "Risk: the engine's leverage; the overlay covers the core alone.",
        short=ShortLeg(Decimal(0), OVERLAY_SHARE, Base.FIRST),
    ),
    Target(
        "overhang",
        (
            _of(40, "BTC", Bucket.FOUNDATION, coins=("BTC",)),
            _of(30, "ETH", Bucket.FOUNDATION, coins=("ETH",)),
            _of(30, "Sector", Bucket.FOUNDATION, Bucket.GROWTH, Bucket.SMALL),
        ),
        "Majors and one sector that lags, a little of it hedged with bitcoin: /allocate overhang ai.",
        "Risk: the sector falls alone, which a short of bitcoin does not cover.",
        short=ShortLeg(Decimal("0.15"), Decimal("0.20"), Base.LAST),
    ),
)
NAMES: Mapping[str, Target] = {target.name: target for target in PRESETS}
_ORDER = (Bucket.FOUNDATION, Bucket.GROWTH, Bucket.SMALL, Bucket.FUTURES, Bucket.STABLES)


def target_of(words: str) -> Target:
    """A preset by name (`bull`, `overhang ai`) or percentages (`60/25/10/5`). UserMistake where it is neither."""
    name, _, sector = words.partition(" ")
    if name == "overhang" and sector in SECTORS:
        return _overhang_of(sector)
    if words in NAMES:
        return NAMES[words]
    return by_percent([_percent(part) for part in words.split("/")])


def by_percent(percents: Sequence[Decimal]) -> Target:
    """Two to five percentages in the order of the buckets. UserMistake where they do not make a whole."""
    if not 2 <= len(percents) <= len(_ORDER):
        raise UserMistake("Two to five percentages: foundation, growth, small caps, small-cap futures, stables.")
    if any(each < 0 for each in percents):
        raise UserMistake("A bucket holds nothing or more, so no percentage is negative.")
    missing = HUNDRED - sum(percents)
    if missing:
        too = "few" if missing > 0 else "many"
        raise UserMistake(f"These sum to {_written(HUNDRED - missing)}: {_written(abs(missing))} too {too}.")
    slices = [
        Slice(BUCKET_WORDS[bucket], percent / HUNDRED, (bucket,))
        for bucket, percent in zip(_ORDER, percents, strict=False)
    ]
    return Target(written(percents), tuple(slices))


def mended(percents: Sequence[Decimal]) -> tuple[Decimal, ...] | None:
    """Percentages that make a whole, near these: what is missing is put into the last, what is too much leaves the
    largest. None where that does not do."""
    missing = HUNDRED - sum(percents)
    places = len(_ORDER)
    if any(each < 0 for each in percents) or not 2 <= len(percents) <= places:
        return None
    if missing > 0 and len(percents) < places:
        return (*percents, *[Decimal(0)] * (places - 1 - len(percents)), missing)
    largest = max(range(len(percents)), key=lambda at: percents[at])
    rest = percents[largest] + missing
    return None if rest < 0 else (*percents[:largest], rest, *percents[largest + 1 :])


def written(percents: Iterable[Decimal]) -> str:
    """60/25/10/5."""
    return "/".join(_written(each) for each in percents)


def with_futures_at(target: Target, futures_share: Decimal) -> Target:
    """The same with less in the bucket of small-cap futures and the rest of it in the first slice."""
    spare = target.futures_share - futures_share
    slices = [
        replace(each, wanted_share=futures_share) if each.buckets == (Bucket.FUTURES,) else each
        for each in target.slices
    ]
    first = replace(slices[0], wanted_share=slices[0].wanted_share + spare)
    return replace(target, slices=(first, *slices[1:]))


def with_margin(target: Target, leverage: Decimal, hedge_share: Decimal | None = None) -> Target:
    """The same with the margin of its short left in stables: where they are less, all other slices shrink alike.

    `hedge_share`: of the short's base, where its own middle is not wanted. Law: the shares still sum to one.
    """
    kept = kept_share(target, leverage, hedge_share)
    if kept == ONE:
        return target
    slices = [
        each if each.buckets == (Bucket.STABLES,) else replace(each, wanted_share=each.wanted_share * kept)
        for each in target.slices
    ]
    lacking = ONE - sum(each.wanted_share for each in slices)
    at = next((at for at, each in enumerate(slices) if each.buckets == (Bucket.STABLES,)), None)
    if at is None:
        return replace(target, slices=(*slices, Slice(MARGIN_WORDS, lacking, (Bucket.STABLES,))))
    slices[at] = replace(slices[at], wanted_share=slices[at].wanted_share + lacking)
    return replace(target, slices=tuple(slices))


def kept_share(target: Target, leverage: Decimal, hedge_share: Decimal | None = None) -> Decimal:
    """How much of their parts the coins keep beside the margin of the short: one where stables do, else in tenths of a
    percent, rounded down.

    Margin is `hedge * base / leverage`; a base that is a slice shrinks, too.
    """
    leg = target.short
    if leg is None:
        return ONE
    margin_share = (leg.middle_share if hedge_share is None else hedge_share) / leverage
    coins_share = _beside_stables(target)
    match leg.base:
        case Base.TOTAL:
            kept = (ONE - margin_share) / coins_share
        case Base.FIRST:
            kept = ONE / (coins_share + margin_share * target.slices[0].wanted_share)
        case Base.LAST:
            kept = ONE / (coins_share + margin_share * target.slices[-1].wanted_share)
    return _whole_or_less(kept)


def bought_share(target: Target, margin_share: Decimal) -> Decimal:
    """How much of their parts the coins are bought for where `margin_share` of an amount is the margin of its short.

    One where stables do, else in tenths of a percent, rounded down.
    """
    return _whole_or_less((ONE - margin_share) / _beside_stables(target))


def _beside_stables(target: Target) -> Decimal:
    return sum((each.wanted_share for each in target.slices if each.buckets != (Bucket.STABLES,)), Decimal(0))


def _whole_or_less(kept: Decimal) -> Decimal:
    return ONE if kept >= ONE else kept.quantize(TENTH_OF_A_PERCENT, rounding=ROUND_DOWN)


def _overhang_of(sector: str) -> Target:
    preset = NAMES["overhang"]
    named = tuple(coin for coin in members(sector) if coin not in MAJORS)
    last = replace(preset.slices[-1], words=f"Sector {sector}", coins=named)
    return replace(preset, name=f"overhang {sector}", slices=(*preset.slices[:-1], last))


def _percent(part: str) -> Decimal:
    if not part.replace(".", "", 1).removeprefix("-").isdecimal():
        raise UserMistake("That is neither a preset nor percentages.")
    return Decimal(part)


def _written(percent: Decimal) -> str:
    plain = f"{percent:f}"
    return (plain.rstrip("0").rstrip(".") or "0") if "." in plain else plain
