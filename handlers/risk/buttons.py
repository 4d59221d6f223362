"""What people do next under a risk: hedges to try, the one that fits, the arithmetic and the picture."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import ROUND_FLOOR, Context, Decimal

from chatbot.command import Button
from chatbot.core.risk.measures import BITCOIN
from chatbot.core.risk.plan import Measured, RiskPlan
from handlers import formatting as show
from handlers.risk import words
from handlers.risk.moves import COMMAND
from handlers.risk.request import WhatIf, line

SHARES = (Decimal("0.25"), Decimal("0.5"), Decimal("0.75"), Decimal(1))
HALF = Decimal("0.5")
_NINE_DIGITS = Context(prec=9)
_ROUNDED_DOWN = Context(prec=3, rounding=ROUND_FLOOR)


def buttons_of(plan: RiskPlan, key: str) -> tuple[tuple[Button, ...], ...]:
    """Under the portfolio as it is. `key` is of the kept answer."""
    rows = (
        tuple(_tried(plan.before)),
        (Button("How?", f"/how {key}"), *_chart(plan, key)),
        (Button("Portfolio", "/portfolio"), Button("Against a target", "/allocate")),
    )
    return tuple(row for row in rows if row)


def _chart(plan: RiskPlan, key: str) -> tuple[Button, ...]:
    """One coin has nothing to go along with."""
    measured = plan.after or plan.before
    return (Button("Chart", f"/chart {key}"),) if len(measured.report.contributions) > 1 else ()


def _tried(measured: Measured) -> Iterator[Button]:
    """Hedges to try: half of the coin that carries the most risk, half of the whole through bitcoin."""
    report = measured.report
    first = report.contributions[0]
    if first.weight > 0 and first.risk:
        yield Button(f"What if half of {first.coin} is short", _half(measured, first.coin))
    if report.beta > 0 and len(report.contributions) > 1:
        yield Button(f"Half of all, via {BITCOIN}", _half_of_all(measured))


def _half(measured: Measured, coin: str) -> str:
    """Of what is held, where no futures are in it: 100 % is then the holding, and else what is open."""
    if any(each.position.coin == coin for each in measured.book.positions):
        return _half_of_value(dict(measured.report.exposures)[coin], coin)
    return line(WhatIf(coin, share=HALF))


def _half_of_all(measured: Measured) -> str:
    """As /hedge sizes it; of what is open where a hedge is there already, or a position that must be gone."""
    if measured.book.past or any(each.position.coin == BITCOIN for each in measured.book.positions):
        return _half_of_value(words.exact_share(measured.report.beta) * measured.report.capital_usd, BITCOIN)
    return line(WhatIf(BITCOIN, share=HALF, is_portfolio=True))


def _half_of_value(value_usd: Decimal, coin: str) -> str:
    return line(WhatIf(coin, value_usd=_rounded(value_usd), share=HALF))


def _rounded(value: Decimal) -> Decimal:
    """Three digits, rounded down: never more than there is to hedge. What floats left behind is rounded off first."""
    return _ROUNDED_DOWN.plus(_NINE_DIGITS.plus(value))


def what_if_buttons(plan: RiskPlan, what_if: WhatIf, key: str) -> tuple[tuple[Button, ...], ...]:
    """Under a hedge that was tried: its shares, what would fit, where it is sized."""
    shares = tuple(
        Button(
            f"{'• ' if share == what_if.share else ''}{show.share_as_percent(share)}",
            line(replace(what_if, share=share)),
        )
        for share in SHARES
    )
    rows = (
        shares,
        tuple(_complying(plan, what_if)),
        (Button("Size this hedge", line(what_if, "/hedge")),),
        (Button("Risk as it is", COMMAND), Button("How?", f"/how {key}"), *_chart(plan, key)),
    )
    return tuple(row for row in rows if row)


def _complying(plan: RiskPlan, what_if: WhatIf) -> Iterator[Button]:
    """The hedge that is no more than there is, and the one that the cash can margin."""
    fits = plan.neutral_base
    if fits is not None:
        yield Button(f"Not more than {show.quantity(_rounded(fits))} {what_if.coin}", _exactly(what_if, fits))
    margined = plan.margined_base
    if margined is not None and (fits is None or margined < fits):
        yield Button(f"Stables do for {show.quantity(_rounded(margined))} {what_if.coin}", _exactly(what_if, margined))


def _exactly(what_if: WhatIf, amount_base: Decimal) -> str:
    return line(replace(what_if, amount_base=_rounded(amount_base), value_usd=None, share=Decimal(1)))
