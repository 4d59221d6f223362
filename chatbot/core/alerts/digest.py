"""A group's one message between two settlements: what is beyond, what flipped, what changed, what is over.

Law: it never grows past MOST_LINES lines, and telling the same twice changes nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from chatbot.core.alerts import facts
from chatbot.core.alerts.parcels import Digest, DigestLine, Parcel, Standing
from chatbot.core.alerts.rules import SCHEDULED, AlertFact, Measure, RateLine, Turn
from chatbot.core.alerts.schedule import settlement_before

MOST_LINES = 30  # at some 100 characters each they stay far below the 4,096 of a message
EXTREME, FLIP, INTERVAL = "extreme", "flip", "interval"
KINDS = (EXTREME, FLIP, INTERVAL)
KIND_OF = {Measure.FLIP: FLIP, Measure.INTERVAL: INTERVAL}


def folded(digest: Digest | None, parcels: Sequence[Parcel], now: datetime) -> Digest:
    """The message with these parcels in it. `digest` None needs one parcel at least.

    After a settlement it is a new message (`message_id` None) that keeps the extremes that are still on.
    """
    told = sorted(parcels, key=lambda parcel: (parcel.fact.happened_at, parcel.id))
    current = _current(digest, parcels, now)
    lines = current.lines
    for parcel in told:
        lines = _with_fact(lines, parcel.fact, perhaps_seen=parcel.standing is Standing.PERHAPS_SEEN)
    return replace(
        current,
        lines=_bounded(lines),
        source=next((parcel.fact.source for parcel in reversed(told) if parcel.fact.source), current.source),
        as_of=max((current.as_of, *(parcel.fact.as_of for parcel in told))),
    )


def _current(digest: Digest | None, parcels: Sequence[Parcel], now: datetime) -> Digest:
    settled_at = settlement_before(now)
    if digest is not None and digest.settled_at >= settled_at:
        return digest
    if digest is not None:
        return Digest(digest.chat_id, settled_at, _still_on(digest), digest.source, digest.as_of)
    return Digest(parcels[0].chat_id, settled_at, (), "", parcels[0].fact.as_of)


def _still_on(digest: Digest) -> tuple[DigestLine, ...]:
    """Those of the settlement before: what was not told anew since then belongs to rules that are gone."""
    rows = (row for row in digest.lines if row.kind == EXTREME and not row.is_over and _is_of(row.line, digest))
    return tuple(replace(row, perhaps_seen=False) for row in rows)


def _is_of(line: RateLine, digest: Digest) -> bool:
    return line.charged_at is not None and line.charged_at > digest.settled_at


def _with_fact(lines: tuple[DigestLine, ...], fact: AlertFact, *, perhaps_seen: bool) -> tuple[DigestLine, ...]:
    """The lines of a rule are those of its last fact; what it does not name any more is over."""
    mine = tuple(row for row in lines if row.rule_id == fact.rule.id)
    if any(row.happened_at is not None and row.happened_at > fact.happened_at for row in mine):
        return lines  # a late one: what came after it is there already
    told = tuple(replace(row, perhaps_seen=perhaps_seen) for row in _lines_of(fact))
    topics = {(row.kind, row.line.coin) for row in told}
    before = tuple(row for row in mine if (row.kind, row.line.coin) not in topics)
    others = tuple(row for row in lines if row.rule_id != fact.rule.id)
    return (*others, *told, *_ended(before, fact))


def _ended(rows: tuple[DigestLine, ...], fact: AlertFact) -> tuple[DigestLine, ...]:
    """Struck through; but what a rule for flips or changed intervals told has happened, and stays.

    Of a list that is new each time, or was cut, nothing is said to be over.
    """
    measure = fact.rule.terms.measure
    if measure in KIND_OF:
        return rows
    if measure in SCHEDULED or len(fact.lines) >= facts.MOST_LINES:
        return ()
    return tuple(replace(row, is_over=True, happened_at=fact.happened_at) for row in rows)


def _lines_of(fact: AlertFact) -> tuple[DigestLine, ...]:
    is_over = fact.turn is Turn.CLEARED
    kind = KIND_OF.get(fact.rule.terms.measure, EXTREME)
    by_kind: Iterable[tuple[str, tuple[RateLine, ...]]] = (
        (kind, fact.lines),
        (FLIP, fact.flips),
        (INTERVAL, fact.interval_changes),
    )
    return tuple(
        DigestLine(kind, line, is_over, fact.rule.id, fact.happened_at) for kind, lines in by_kind for line in lines
    )


def _bounded(lines: Iterable[DigestLine]) -> tuple[DigestLine, ...]:
    """What is on before what is over, extremes before flips before intervals, the largest first; the rest is cut."""
    return tuple(sorted(lines, key=_rank))[:MOST_LINES]


def _rank(row: DigestLine) -> tuple[bool, int, float, str, str]:
    size = float(abs(row.line.per_eight_hours or Decimal(0)))
    return row.is_over, KINDS.index(row.kind), -size, row.line.coin, row.line.exchange
