"""What happens when the price moves: unhedged, hedged, and with the short liquidated on the way up."""

from dataclasses import dataclass
from decimal import Decimal

from chatbot.core.hedging.room import Room

MOVES = tuple(Decimal(move) / 100 for move in (-30, -20, -10, 0, 10, 20, 50))


@dataclass(frozen=True, slots=True)
class Scenario:
    """One move of the price of the contract's coin, and the results in quote.

    `hedged_quote` holds fees and expected funding and supposes that the margin is kept up; `liquidated_quote` is what
    remains when it is not and the price passes the liquidation price (None: it does not).
    """

    move_share: Decimal
    price_quote: Decimal
    unhedged_quote: Decimal
    hedged_quote: Decimal
    liquidated_quote: Decimal | None


@dataclass(frozen=True, slots=True)
class Hedged:
    """What scenarios are worked out from: the value of the exposure, the short, what carrying it brings (+) or costs.

    `short_quote` is the short's coins at the spot price: the basis is part of what carrying brings.
    `entry_quote` (negative) is what opening alone costs: a liquidated short pays it too, beside its margin.
    `beta` is 1 for a direct hedge; for a proxy the exposure moves by `(1+x)^beta - 1` when the proxy moves by x.
    """

    value_quote: Decimal
    short_quote: Decimal
    price_quote: Decimal
    carry_quote: Decimal
    entry_quote: Decimal = Decimal(0)
    beta: float = 1.0


def scenarios(hedged: Hedged, room: Room | None, moves: tuple[Decimal, ...] = MOVES) -> tuple[Scenario, ...]:
    """One row for each move."""
    return tuple(_scenario(hedged, room, move) for move in moves)


def _scenario(hedged: Hedged, room: Room | None, move: Decimal) -> Scenario:
    price = hedged.price_quote * (1 + move)
    unhedged = hedged.value_quote * exposure_move(move, hedged.beta)
    is_liquidated = room is not None and room.liquidation_quote is not None and price >= room.liquidation_quote
    return Scenario(
        move_share=move,
        price_quote=price,
        unhedged_quote=unhedged,
        hedged_quote=unhedged - hedged.short_quote * move + hedged.carry_quote,
        liquidated_quote=unhedged - room.margin_quote + hedged.entry_quote
        if room is not None and is_liquidated
        else None,
    )


def exposure_move(move: Decimal, beta: float) -> Decimal:
    """How the exposure moves when the contract's coin moves by `move` (above -1): `(1+x)^beta - 1`, on log returns."""
    if beta == 1:
        return move
    return Decimal(repr((1 + float(move)) ** beta - 1))
