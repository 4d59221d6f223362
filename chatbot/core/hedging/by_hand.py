"""A contract that the asker describes by a price and a value: no exchange is needed, and what is unknown is assumed."""

from datetime import datetime
from decimal import Decimal

from chatbot.core.markets import (
    FuturesQuote,
    Instrument,
    InstrumentKind,
    MarginTier,
    MarginTiers,
    Snapshot,
    TierUnit,
)

BY_HAND = "by hand"
DIGITS_OF_A_PRICE = 4  # behind the first
ASSUMED_TAKER_SHARE = Decimal("0.0005")
ASSUMED_MAINTENANCE_SHARE = Decimal("0.01")


def snapshot_by_hand(coin: str, price_quote: Decimal, contract_value_quote: Decimal | None, now: datetime) -> Snapshot:
    """A linear perpetual of `coin` at `price_quote`, one contract worth `contract_value_quote` (None: one coin).

    Sold in whole contracts; taker fee 0.05 % and a maintenance margin of 1 % are assumed, funding is not known.
    """
    size = Decimal(1) if contract_value_quote is None else contract_value_quote / price_quote
    instrument = Instrument(
        exchange=BY_HAND,
        symbol=f"{coin}/USD:USD",
        market_id=coin,
        coin=coin,
        quote="USD",
        settle="USD",
        kind=InstrumentKind.PERPETUAL,
        is_inverse=False,
        contract_size=size,
        step_contracts=Decimal(1),
        tick_quote=Decimal(1).scaleb(price_quote.adjusted() - DIGITS_OF_A_PRICE),
        taker_share=ASSUMED_TAKER_SHARE,
        maker_share=ASSUMED_TAKER_SHARE,
    )
    quote = FuturesQuote(instrument, price_quote, None, None, None, None, "price given by hand", now)
    tier = MarginTier(Decimal(0), ASSUMED_MAINTENANCE_SHARE, None, Decimal(0))
    tiers = MarginTiers((tier,), TierUnit.QUOTE, "assumed", now, is_estimate=True)
    return Snapshot(instrument, quote, tiers=tiers)
