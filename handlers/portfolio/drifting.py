"""How far the portfolio is from the target that was chosen: one line of the list."""

from chatbot.core.allocation.buckets import stakes_of, total_usd
from chatbot.core.allocation.plan import SHORT_LEVERAGE, rows_of
from chatbot.core.allocation.targets import target_of, with_margin
from chatbot.core.chats import AllocationChoice
from chatbot.core.errors import UserMistake
from chatbot.core.exposure import PortfolioSummary
from handlers import formatting as show


def drift_of(summary: PortfolioSummary, choice: AllocationChoice) -> str:
    """The slice that is furthest away; empty without a target, and where nothing has a price."""
    prices = {price.coin: price.price_quote for price in summary.prices}
    stakes = stakes_of(summary.portfolio, prices, choice)
    capital = total_usd(stakes)
    if not choice.target or capital <= 0:
        return ""
    try:
        rows = rows_of(with_margin(target_of(choice.target), SHORT_LEVERAGE), stakes, capital)
    except UserMistake:
        return f"Your target {show.escape(choice.target)} is not known any more: /allocate presets"
    worst = max(rows, key=lambda row: abs(row.drift_share))
    points = f"{abs(worst.drift_share) * 100:.1f} points ({show.money(abs(worst.trade_usd))})"
    side = "above" if worst.drift_share > 0 else "below"
    way = "inside the band" if abs(worst.drift_share) <= choice.band_share else "trades back: /allocate"
    return f"Target {show.escape(choice.target)}: {show.escape(worst.words)} {points} {side}, {way}"
