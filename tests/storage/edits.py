"""Portfolios and edits of them, for Hypothesis."""

from collections.abc import Callable

from hypothesis import strategies as st

from chatbot.core.portfolio import FuturesPosition, Holding, Portfolio, Side

Edit = Callable[[Portfolio], Portfolio]

coins = st.sampled_from(["BTC", "ETH", "SOL", "PEPE"])
amounts = st.decimals("1E-30", "1E+30", allow_nan=False, allow_infinity=False).filter(lambda amount: amount > 0)
yields = st.none() | st.decimals("0", "1", places=4)


def holdings() -> st.SearchStrategy[Holding]:
    return st.builds(Holding, coins, amounts, yields)


def positions() -> st.SearchStrategy[FuturesPosition]:
    exchanges = st.sampled_from([None, "bybit", "okx"])
    return st.builds(
        FuturesPosition, coins, st.sampled_from(Side), amounts, exchanges, st.none() | amounts, st.none() | amounts
    )


@st.composite
def portfolios(draw: st.DrawFn) -> Portfolio:
    return Portfolio(
        tuple(draw(st.lists(holdings(), max_size=4, unique_by=lambda held: held.coin))),
        tuple(draw(st.lists(positions(), max_size=4, unique_by=lambda position: position.place))),
    )


def edits() -> st.SearchStrategy[Edit]:
    """What users do: set, add to, remove a coin, record a position, clear all."""
    return st.one_of(
        holdings().map(lambda held: lambda portfolio: portfolio.with_holding(held)),
        st.tuples(coins, amounts).map(lambda given: lambda portfolio: portfolio.with_added(*given)),
        positions().map(lambda position: lambda portfolio: portfolio.with_position(position)),
        coins.map(lambda coin: lambda portfolio: portfolio.without(coin)),
        st.just(lambda portfolio: Portfolio()),
    )


def digits(portfolio: Portfolio) -> list[tuple[str, str]]:
    """Every amount by its digits: 1.0 and 1.00 are equal, and not the same."""
    entries: tuple[Holding | FuturesPosition, ...] = (*portfolio.holdings, *portfolio.positions)
    return [(entry.coin, str(entry.amount_base)) for entry in entries]
