"""What a change of the portfolio did, in words: what was, what is, and the way back."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from chatbot.command import Audience, Button, Reply
from chatbot.core.markets import exchange_name
from chatbot.core.portfolio import STABLECOINS, FuturesPosition, Holding, Portfolio, Side
from handlers import formatting as show
from handlers.portfolio.edits import COMMAND

SEEN_AT_ONCE = 10
NOTHING = "none"


class Stored(Protocol):
    """A change that was stored."""

    @property
    def before(self) -> Portfolio: ...
    @property
    def after(self) -> Portfolio: ...
    @property
    def undo_key(self) -> str: ...


def changed(change: Stored, unlisted: Sequence[str] = (), *, is_undo: bool = False) -> Reply:
    """The answer to a change; `unlisted` are the coins in it that no exchange lists."""
    lines = list(differences(change.before, change.after))
    if not lines:
        return Reply("Nothing to change: the portfolio is so already.", _ways_on(change, ()), audience=Audience.ASKER)
    head = "Undone" if is_undo else "Stored" if change.after.coins() else "The portfolio is empty now"
    text = "\n".join((f"<b>{head}</b>", *_folded(lines), *_without_price(unlisted)))
    undo = (Button("Do it again" if is_undo else "Undo", f"{COMMAND} undo {change.undo_key}"),)
    return Reply(text, _ways_on(change, undo), audience=Audience.ASKER, plan=change)


def _folded(lines: Sequence[str]) -> Iterator[str]:
    yield from lines[:SEEN_AT_ONCE]
    if len(lines) > SEEN_AT_ONCE:
        yield show.expandable("\n".join(lines[SEEN_AT_ONCE:]))


def _without_price(unlisted: Sequence[str]) -> Iterator[str]:
    if unlisted:
        coins = ", ".join(show.escape(coin) for coin in unlisted)
        yield f"No exchange here lists {coin_words(coins, len(unlisted))} price."


def coin_words(coins: str, count: int) -> str:
    """`TKX, so it has no` or `TKX, ABC, so they have no`."""
    return f"{coins}, so {'it has' if count == 1 else 'they have'} no"


def _ways_on(change: Stored, undo: tuple[Button, ...]) -> tuple[tuple[Button, ...], ...]:
    touched = [coin for coin in change.after.coins() if _differs(change.before, change.after, coin)]
    hedges = [coin for coin in touched if coin not in STABLECOINS and change.after.holding(coin) is not None]
    hedge = (Button(f"Hedge {hedges[0]}", f"/hedge #{hedges[0]}"),) if len(hedges) == 1 else ()
    return ((*undo, Button("Portfolio", COMMAND)), hedge) if hedge else ((*undo, Button("Portfolio", COMMAND)),)


def _differs(before: Portfolio, after: Portfolio, coin: str) -> bool:
    return any(True for _ in _of_coin(before, after, coin))


def differences(before: Portfolio, after: Portfolio) -> Iterator[str]:
    """One line for each holding and position that is not what it was."""
    for coin in dict.fromkeys((*after.coins(), *before.coins())):
        yield from _of_coin(before, after, coin)


def _of_coin(before: Portfolio, after: Portfolio, coin: str) -> Iterator[str]:
    was, now = before.holding(coin), after.holding(coin)
    if was != now:
        yield f"{show.escape(coin)}: {_held(was)} → <b>{_held(now)}</b>"
    places = dict.fromkeys(p.place for p in (*after.positions, *before.positions) if p.coin == coin)
    for place in places:
        old, new = _at(before, place), _at(after, place)
        if old != new:
            yield f"{_place(place)}: {_position(old)} → <b>{_position(new)}</b>"


def _held(holding: Holding | None) -> str:
    if holding is None:
        return NOTHING
    staked = holding.staking_yield_per_year
    yielding = f" at {show.share_as_percent(staked)} a year" if staked is not None else ""
    return f"{_amount(holding)}{yielding}"


def _amount(entry: Holding | FuturesPosition) -> str:
    """Every digit: it is what is stored."""
    return f"{entry.amount_base.normalize():,f}"


def _at(portfolio: Portfolio, place: tuple[str, Side, str | None]) -> FuturesPosition | None:
    return next((position for position in portfolio.positions if position.place == place), None)


def _place(place: tuple[str, Side, str | None]) -> str:
    coin, side, exchange = place
    where = f" on {exchange_name(exchange)}" if exchange else ""
    return f"{side.value.capitalize()} {show.escape(coin)}{where}"


def _position(position: FuturesPosition | None) -> str:
    if position is None:
        return NOTHING
    entry = f"entry {show.number(position.entry_quote)}" if position.entry_quote is not None else ""
    leverage = show.leverage(position.leverage) if position.leverage is not None else ""
    return ", ".join(word for word in (_amount(position), entry, leverage) if word)
