"""`How?`: the arithmetic of a risk with this asker's own numbers, and the formula behind each line."""

from collections.abc import Iterator

from chatbot.command import Audience, Reply
from chatbot.core.risk.measures import BETA_DAYS, BITCOIN, RECENT_DAYS, Stress
from chatbot.core.risk.plan import Measured, RiskPlan
from chatbot.core.risk.positions import PositionRisk
from handlers import formatting as show
from handlers.risk import words

SEEN = 6  # coins, and positions


def explanation_of(plan: RiskPlan) -> Reply:
    """The reply to `How?`, as a new message; of what is there after a hedge, where one was tried."""
    measured = plan.after or plan.before
    parts = (_capital, _volatility, _losses, _beta, _shares, _stress, _futures)
    text = "\n\n".join("\n".join(part(measured)) for part in parts if any(part(measured)))
    with_hedge = f", with {words.named(plan.hedge)}" if plan.hedge else ""
    return Reply(
        f"<b>How this risk was worked out{with_hedge}</b>\n\n{text}", audience=Audience.ASKER, is_new_message=True
    )


def _capital(measured: Measured) -> Iterator[str]:
    book = measured.book
    held, futures = show.money(book.capital_usd - book.futures_usd), show.money(book.futures_usd)
    yield f"<b>Capital</b> = coins at their price + what futures tie up = {held} + {futures}"
    yield "<b>Weight</b> = (coins held + futures) × price ÷ capital"
    weights = {each.coin: each.weight for each in measured.report.contributions}
    for coin, value in [each for each in book.exposures if each[0] in weights][:SEEN]:
        share = words.percent(weights[coin])
        yield f"{show.escape(coin)}: {show.money(value)} ÷ {show.money(book.capital_usd)} = {share}"


def _volatility(measured: Measured) -> Iterator[str]:
    report = measured.report
    yield "<b>Volatility</b> = deviation of daily log returns × √365"
    days = min(RECENT_DAYS, report.days)
    yield f"last {days} days: {words.percent(report.volatility_per_year)}"
    yield (
        f"each day with 0.94 of the weight of the next, {report.days} days: "
        f"{words.percent(report.weighted_volatility_per_year)}"
    )


def _losses(measured: Measured) -> Iterator[str]:
    report = measured.report
    yield f"<b>VaR and ES</b>: today's weights on {report.days} past days; spans overlap"
    for each in report.losses:
        place = f"worst {1 - each.level:.0%} of {each.observations} spans of {each.days} d"
        yield f"{place}: {words.percent(each.at_risk)} or more, {words.percent(each.shortfall)} on average"
    fall = words.percent(report.max_drawdown)
    yield f"Drawdown: the largest fall from a peak, these weights every day: {fall}"


def _beta(measured: Measured) -> Iterator[str]:
    """The sum runs over what is printed and what is not."""
    report = measured.report
    yield f"<b>Beta</b> to {BITCOIN} = sum of weight × beta; slopes of {min(BETA_DAYS, report.days)} daily log returns"
    seen = report.contributions[:SEEN]
    terms = " + ".join(f"{words.plain(each.weight, 3)} × {words.plain(each.beta, 3)}" for each in seen)
    more = " + …" if len(report.contributions) > SEEN else ""
    yield f"{terms}{more} = {words.plain(report.beta, 3)}"
    if measured.bitcoin_base is not None:
        in_dollars = show.money(words.exact_share(report.beta) * report.capital_usd)
        yield f"× capital = {in_dollars}, as {show.quantity(measured.bitcoin_base)} {BITCOIN}"


def _shares(measured: Measured) -> Iterator[str]:
    """The second factor is (Sigma w)_i / sigma^2: how much the portfolio moves with the coin."""
    yield "<b>Share of the risk</b> = weight × the coin's slope on the whole portfolio"
    for each in measured.report.contributions[:SEEN]:
        slope = each.risk / each.weight if each.weight else 0.0
        product = f"{words.plain(each.weight, 4)} × {words.plain(slope, 4)} = {words.plain(each.risk * 100, 1)} %"
        yield f"{show.escape(each.coin)}: {product}"


def _stress(measured: Measured) -> Iterator[str]:
    yield f"<b>If {BITCOIN} moves by x</b>, a coin moves by (1 + x)^beta − 1"
    stresses = sorted(measured.report.stresses, key=lambda each: each.bitcoin_move)
    for stress in dict.fromkeys((stresses[0], stresses[-1] if stresses[-1].bitcoin_move > 0 else stresses[0])):
        yield from _moved(stress, measured)


def _moved(stress: Stress, measured: Measured) -> Iterator[str]:
    betas, sign = measured.report.betas, show.MINUS if stress.bitcoin_move < 0 else "+"
    for coin, move in stress.by_coin[:SEEN]:
        base, power = words.plain(abs(stress.bitcoin_move), 1), words.plain(betas[coin])
        yield f"{show.escape(coin)}: (1 {sign} {base})^{power} − 1 = {words.percent(move)}"


def _futures(measured: Measured) -> Iterator[str]:
    positions = measured.book.positions[:SEEN]
    if positions:
        yield "<b>Futures</b> tie up their margin at entry, isolated, with what was won or lost since"
        yield "Funding received = −side × coins × mark × rate of a day"
    for each in positions:
        yield f"{words.named(each.position)}: {_tied_up(each)}{words.liquidation(each)}"


def _tied_up(each: PositionRisk) -> str:
    return "" if each.spot_quote is None else f"{show.tied_up(each.position, each.spot_quote)}, "
