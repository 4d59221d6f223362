"""What cannot be tilted, in words, with the line that can; and the menu of a line that says nothing yet."""

from collections.abc import Mapping
from decimal import Decimal

from chatbot.command import Audience, Button, Reply
from chatbot.core.allocation.tilt.change import Change, Trouble, neutralised
from chatbot.core.allocation.tilt.spot import SpotWay
from chatbot.core.errors import MarketUnavailable, NotPossible, Problem, Suggestion, UserMistake
from chatbot.core.markets import SpotPrice
from chatbot.core.portfolio import STABLECOINS, Portfolio
from handlers import formatting as show
from handlers import grammar
from handlers.allocate.tilt.looking import Measured
from handlers.allocate.tilt.request import (
    DEFAULT_LEVERAGE,
    ENHANCE,
    ENHANCE_EXAMPLE,
    TiltRequest,
    line,
    suggested,
    with_equal_before,
)
from handlers.allocate.tilt.weights import EXAMPLE, HUNDRED, KEYWORDS

SHIFT = Decimal(10)
A_LITTLE_MORE = Decimal("1.01")  # prices move


def require_prices(request: TiltRequest, portfolio: Portfolio, prices: Mapping[str, SpotPrice]) -> None:
    """What is held is weighed by prices. NotPossible for an empty portfolio, MarketUnavailable without a price."""
    if portfolio.is_empty:
        raise NotPossible(
            "Your portfolio is empty. Say what the weights are now, or add what you hold.",
            [suggested(with_equal_before(request)), Suggestion("Portfolio", "/portfolio")],
        )
    missing = [coin for coin in request.coins if coin not in prices]
    if missing:
        raise MarketUnavailable(
            f"No price of {', '.join(missing)} came, and what you hold is weighed by prices.",
            (),
            [suggested(with_equal_before(request))],
        )


def require_sound(change: Change, request: TiltRequest) -> None:
    """Raises for a change with a trouble."""
    if change.trouble is not None:
        raise _problem(change.trouble, change, request)


def require_neutral(change: Change, figures: Measured, request: TiltRequest) -> Change:
    """The change with its shorts sized by beta. NotPossible where there is none such."""
    betas = {coin: each.beta for coin, each in figures.betas.items() if each.beta is not None}
    neutral = neutralised(change, betas)
    if neutral is None:
        raise NotPossible(
            "No size of the shorts makes this neutral: a beta is missing, or more would be sold than there is.",
            [Suggestion("In dollars", line(request, is_neutral=False))],
        )
    return neutral


def require_orderable(spot: SpotWay, request: TiltRequest) -> None:
    """NotPossible where an order for coins is below the smallest one."""
    small = [each for each in spot.trades if each.is_too_small]
    if not small:
        return
    worst = max(small, key=lambda each: each.smallest_usd / each.wanted_usd)
    factor = worst.smallest_usd / worst.wanted_usd * A_LITTLE_MORE
    raise NotPossible(
        f"An order for {show.money(worst.wanted_usd)} of {worst.trade.coin} is below the smallest of "
        f"{show.money(worst.smallest_usd)}.",
        [*larger(request, factor), Suggestion("By futures", line(request, wants_spot=False))],
    )


def larger(request: TiltRequest, factor: Decimal) -> list[Suggestion]:
    """The same of so many times the amount, where one was said."""
    if request.amount_usd is None:
        return []
    amount = Decimal(int(request.amount_usd * factor) + 1)
    return [Suggestion(f"With {show.money(amount)}", line(request, amount_usd=amount))]


def _problem(trouble: Trouble, change: Change, request: TiltRequest) -> Problem:
    names = " nor ".join(request.coins)
    before = [suggested(with_equal_before(request))]
    if trouble is Trouble.NOTHING_HELD:
        verb = "neither " if len(request.coins) > 1 else "no "
        return NotPossible(f"You hold {verb}{names}. Say what the weights are now, or add it.", before)
    if trouble is Trouble.NET_SHORT:
        short = [Suggestion("Portfolio", "/portfolio"), *before]
        return NotPossible("With your futures you are short there already: nothing is left to lower.", short)
    if trouble is Trouble.RAISES_ALONE:
        return _raises(change, request)
    return _no_change(request)


def _raises(change: Change, request: TiltRequest) -> Problem:
    coin, more = request.coins[0], change.coins[0].change_usd
    now = show.share_as_percent(change.coins[0].from_usd / change.capital_usd)
    times = request.leverage or DEFAULT_LEVERAGE
    margin = show.exact(show.cents(more / times))
    word = grammar.coin_word(coin, KEYWORDS)
    other = "ETH" if coin == "BTC" else "BTC"
    percent = request.weights[0][1]
    tips = [
        Suggestion(f"{show.money(more)} more on margin", f"/allocate {ENHANCE} {word} ${margin} {show.leverage(times)}")
    ]
    if request.before:
        weights = ((coin, percent), (other, HUNDRED - percent))
        both = (request.before[0], HUNDRED - request.before[0])
        tips.append(Suggestion(f"Against {other}", line(request, weights=weights, before=both)))
    return UserMistake(f"{coin} is at {now}: one coin alone is only lowered. More of it is another command.", tips)


def _no_change(request: TiltRequest) -> Problem:
    """Ten points further, towards the first coin or down."""
    first, *others = request.weights
    if not others:
        step = -min(SHIFT, first[1])
        shifted: tuple[tuple[str, Decimal], ...] = ((first[0], first[1] + step),)
    else:
        second = max(others, key=lambda each: each[1])
        step = min(SHIFT, second[1])
        shifted = tuple(
            (coin, percent + (step if coin == first[0] else -step if coin == second[0] else 0))
            for coin, percent in request.weights
        )
    tips = [Suggestion(text := line(request, weights=shifted), text)] if step else []
    return UserMistake("That is where it is already: there is nothing to tilt.", tips)


def menu(verb: str, portfolio: Portfolio) -> Reply:
    """A line that does not say what: the coins that are held, or how to say it."""
    held = [each.coin for each in portfolio.holdings if each.coin not in STABLECOINS]
    words = [grammar.coin_word(coin, KEYWORDS) for coin in held]
    if verb == ENHANCE:
        lines = [f"/allocate enhance {word} $1000 2x" for word in words[:4]] or [ENHANCE_EXAMPLE]
        text = "<b>More of which coin?</b>\nA coin, the margin you put in, and a leverage."
    else:
        pairs = [f"/allocate tilt {words[0]} 65 {other} 35" for other in words[1:3]]
        lines = [*pairs, *(f"/allocate tilt {word} 25" for word in words[:2])] or [EXAMPLE]
        text = (
            "<b>Which weights?</b>\nEach coin with its weight; of what you hold, or of an amount:\n"
            f"<code>{EXAMPLE}</code>\nOne coin alone is lowered against dollars:\n"
            "<code>/allocate tilt ETH 25 from 50 $100k 2w</code>"
        )
    rows = tuple((Button(each.removeprefix("/allocate "), each),) for each in lines)
    return Reply(text, rows, audience=Audience.ASKER if held else Audience.ANYONE)
