"""Where positions are liquidated: the worked figures, and the laws that hold for every position."""

import json
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from chatbot.core.errors import NotPossible
from chatbot.core.margin import (
    inverse_liquidation_price,
    inverse_survival_margin_base,
    liquidation_price,
    room_in_deviations,
    survival_margin_quote,
)
from chatbot.core.markets import MarginTier, MarginTiers, TierUnit
from chatbot.core.portfolio import Side
from tests.samples import NOW, d, tiers

RECORDED = (
    Path(__file__).resolve().parents[4] / "shared" / "data" / "leverage_tiers" / "binance_leverage_tiers_full.json"
)
SIDES = st.sampled_from(Side)
PRICES = st.decimals(min_value="0.0001", max_value="200000", places=4)
AMOUNTS = st.decimals(min_value="0.01", max_value="100000", places=2)
LEVERAGES = st.decimals(min_value=1, max_value=50, places=1)
RATES = st.decimals(min_value="0.001", max_value="0.1", places=4)
FEES = st.decimals(min_value=0, max_value="0.001", places=5)


def tiered(*rows: tuple[str, str], unit: TierUnit = TierUnit.QUOTE, deducts: bool = True) -> MarginTiers:
    """Tiers of (floor, rate); their deductions are cum_n = cum_(n-1) + floor_n * (mmr_n - mmr_(n-1)), or none."""
    found: list[MarginTier] = []
    for floor, rate in rows:
        before = found[-1] if found else MarginTier(d(0), d(rate), None, d(0))
        step = d(floor) * (d(rate) - before.maintenance_share)
        found.append(MarginTier(d(floor), d(rate), None, before.deduction + step if deducts else d(0)))
    return MarginTiers(tuple(found), unit, "test", NOW)


def linear(
    side: Side,
    entry: Decimal,
    leverage: Decimal,
    brackets: MarginTiers,
    taker: Decimal = Decimal(0),
    amount: Decimal = Decimal(1),
) -> Decimal | None:
    return liquidation_price(
        side=side,
        entry_quote=entry,
        amount_base=amount,
        margin_quote=amount * entry / leverage,
        tiers=brackets,
        taker_share=taker,
    )


def inverse(
    side: Side, entry: Decimal, leverage: Decimal, brackets: MarginTiers, taker: Decimal = Decimal(0)
) -> Decimal | None:
    return inverse_liquidation_price(
        side=side,
        entry_quote=entry,
        value_usd=Decimal(10_000),
        margin_base=10_000 / entry / leverage,
        tiers=brackets,
        taker_share=taker,
    )


@pytest.mark.parametrize(
    ("side", "entry", "leverage", "rate", "taker", "expected"),
    [
        (Side.SHORT, "3450", 2, "0.005", "0", "5149.25"),  # 3,450 * 1.5 / 1.005
        (Side.SHORT, "3450", 2, "0.005", "0.0005", "5146.69"),  # 5,175 / 1.0055
        (Side.SHORT, "3450", 1, "0.005", "0", "6865.67"),  # 6,900 / 1.005
        (Side.SHORT, "10", 5, "0.01", "0.0006", "11.87"),  # 12 / 1.0106 = 11.8741
        (Side.LONG, "60000", 3, "0.005", "0", "40201.01"),  # 40,000 / 0.995
    ],
)
def test_linear_liquidation_prices(side: Side, entry: str, leverage: int, rate: str, taker: str, expected: str) -> None:
    price = linear(side, d(entry), d(leverage), tiers(rate), d(taker))
    assert price is not None
    assert round(price, 2) == d(expected)


def test_a_long_of_three_times_is_liquidated_at_minus_33_percent_linear_and_24_point_6_coin_margined() -> None:
    # linear, two thirds over 0.995: 0.66998; coin-margined, 1.005 over four thirds: 0.75375
    linear_price = linear(Side.LONG, d(60_000), d(3), tiers("0.005"))
    inverse_price = inverse(Side.LONG, d(60_000), d(3), tiers("0.005"))
    assert linear_price is not None
    assert inverse_price is not None
    assert round(linear_price / 60_000 - 1, 3) == d("-0.330")
    assert round(inverse_price / 60_000 - 1, 3) == d("-0.246")


def test_a_long_of_ten_times_is_gone_at_minus_nine_and_a_half_percent() -> None:
    # (1 - 0.1) / 0.995 = 0.90452
    price = linear(Side.LONG, d(50_000), d(10), tiers("0.005"))
    assert price is not None
    assert round(price / 50_000 - 1, 4) == d("-0.0955")


def test_a_short_with_all_of_its_value_in_coin_is_not_liquidated_by_price() -> None:
    assert inverse(Side.SHORT, d(60_000), d(1), tiers("0.005")) is None


def test_a_long_paid_in_full_is_not_liquidated_by_price() -> None:
    # (1 - 1) / 0.995 = 0
    assert linear(Side.LONG, d(60_000), d(1), tiers("0.005")) is None


@pytest.mark.parametrize("leverage", [d(200), d("181.81818182")])
def test_a_position_whose_margin_is_no_more_than_maintenance_cannot_be_opened(leverage: Decimal) -> None:
    # 1 / (0.005 + 0.0005) = 181.8
    with pytest.raises(NotPossible, match=r"from 181\.8x on"):
        linear(Side.SHORT, d(100), leverage, tiers("0.005"), d("0.0005"))
    with pytest.raises(NotPossible, match=r"from 181\.8x on"):
        inverse(Side.LONG, d(100), leverage, tiers("0.005"), d("0.0005"))


def test_a_tier_that_is_crossed_between_entry_and_liquidation_counts() -> None:
    # 10 coins short at 9,000, 2x, M = 45,000; above 100,000 the rate is 5 %, not 1 %; cum = 100,000 * 0.04 = 4,000
    # first tier: (45,000 + 90,000) / (10 * 1.01) = 13,366.3, where the position is worth 133,663: not its tier
    # second, which it is: (45,000 + 4,000 + 90,000) / (10 * 1.05) = 13,238.10
    price = linear(Side.SHORT, d(9000), d(2), tiered(("0", "0.01"), ("100000", "0.05")), amount=d(10))
    assert price is not None
    assert round(price, 2) == d("13238.10")


# BTC/USDT at Binance in October 2024: floor, rate, maintenance amount as the exchange published it.
BITCOIN = (
    ("0", "0.004", "0"),
    ("50000", "0.005", "50"),
    ("600000", "0.0065", "950"),
    ("3000000", "0.01", "11450"),
    ("12000000", "0.02", "131450"),
    ("70000000", "0.025", "481450"),
)


def test_the_maintenance_amount_grows_by_floor_times_the_step_of_the_rate() -> None:
    # 50,000 * 0.001 = 50; + 600,000 * 0.0015 = 950; + 3,000,000 * 0.0035 = 11,450; + 12,000,000 * 0.01 = 131,450 ...
    found = tiered(*((floor, rate) for floor, rate, _ in BITCOIN))
    assert [tier.deduction for tier in found.tiers] == [d(published) for _, _, published in BITCOIN]


def test_a_short_of_150_bitcoin_crosses_into_the_next_of_binances_brackets() -> None:
    # at 60,000 worth 9m, M = 4.5m; bracket of 1 %: (4,500,000 + 11,450 + 9,000,000) / (150 * 1.01) = 89,184.5,
    # worth 13.4m and so above 12m; bracket of 2 %: (4,500,000 + 131,450 + 9,000,000) / (150 * 1.02) = 89,094.44
    price = linear(Side.SHORT, d(60_000), d(2), tiered(*((floor, rate) for floor, rate, _ in BITCOIN)), amount=d(150))
    assert round(price or 0, 2) == d("89094.44")


def test_a_hundred_bitcoin_stay_within_theirs() -> None:
    # (3,000,000 + 11,450 + 6,000,000) / (100 * 1.01) = 89,222.28, worth 8.9m: below 12m
    price = linear(Side.SHORT, d(60_000), d(2), tiered(*((floor, rate) for floor, rate, _ in BITCOIN)), amount=d(100))
    assert round(price or 0, 2) == d("89222.28")


def test_every_recorded_maintenance_amount_follows_from_its_floors_and_rates() -> None:
    if not RECORDED.exists():
        pytest.skip("the recorded leverage brackets are not here")
    for symbol, rows in json.loads(RECORDED.read_text(), parse_float=Decimal).items():
        found = tiered(*((str(row["minNotional"]), str(row["maintenanceMarginRate"])) for row in rows))
        published = [d(row["info"]["cum"]) for row in rows]
        assert [tier.deduction for tier in found.tiers] == pytest.approx(published, abs=d("0.01")), symbol


def test_a_long_falls_back_into_a_lower_tier() -> None:
    # 10 coins long at 11,000, 2x, M = 55,000: at entry the rate is 5 %, cum 4,000
    # at LP it is 1 %: (55,000 - 110,000) / (10 * (0.01 - 1)) = 5,555.56
    price = linear(Side.LONG, d(11_000), d(2), tiered(("0", "0.01"), ("100000", "0.05")), amount=d(10))
    assert price is not None
    assert round(price, 2) == d("5555.56")


def test_where_a_rate_jumps_without_a_deduction_the_jump_itself_can_liquidate() -> None:
    # 10 short at 9,000, 9x, M = 10,000: at 10,000 the value is 100,000 and the rate jumps from 1 % to 10 %
    # first tier: 100,000 / (10 * 1.01) = 9,900.99 -> met before the jump
    # 8x, M = 11,250: 101,250 / 10.1 = 10,024.75, beyond the jump; second tier: 101,250 / 11 = 9,204.5, before it begins
    brackets = tiered(("0", "0.01"), ("100000", "0.1"), deducts=False)
    assert round(linear(Side.SHORT, d(9000), d(9), brackets, amount=d(10)) or 0, 2) == d("9900.99")
    assert linear(Side.SHORT, d(9000), d(8), brackets, amount=d(10)) == 10_000


def test_tiers_counted_in_coins_do_not_move_with_the_price_of_a_linear_contract() -> None:
    # 10 coins are in the second tier at every price: (50,000 + 100,000) / (10 * 1.05) = 14,285.71
    brackets = tiered(("0", "0.01"), ("5", "0.05"), unit=TierUnit.BASE, deducts=False)
    assert round(linear(Side.SHORT, d(10_000), d(2), brackets, amount=d(10)) or 0, 2) == d("14285.71")


def test_tiers_counted_in_coins_move_with_the_price_of_an_inverse_contract() -> None:
    # $10,000 at 10,000 is 1 coin, M = 0.5; from 1.2 coins the rate is 5 %, not 1 %; cum = 1.2 * 0.04 = 0.048
    # first tier: 10,000 * 1.01 / 1.5 = 6,733.33 = 1.485 coins: not its tier; second: 10,500 / 1.548 = 6,782.95
    brackets = tiered(("0", "0.01"), ("1.2", "0.05"), unit=TierUnit.BASE)
    assert round(inverse(Side.LONG, d(10_000), d(2), brackets) or 0, 2) == d("6782.95")


def test_the_margin_that_survives_a_rise_of_half() -> None:
    # 5 * (5,175 * 1.0055 - 3,450) = 8,767.3125, 50.8 % of 17,250
    needed = survival_margin_quote(
        amount_base=d(5), entry_quote=d(3450), survive_quote=d(5175), tiers=tiers("0.005"), taker_share=d("0.0005")
    )
    assert needed == d("8767.3125")
    assert round(needed / 17_250, 3) == d("0.508")


def test_a_short_that_survives_a_fall_needs_no_margin() -> None:
    needed = survival_margin_quote(
        amount_base=d(5), entry_quote=d(3450), survive_quote=d(3000), tiers=tiers("0.005"), taker_share=d("0.0005")
    )
    assert needed == 0


def test_room_is_counted_in_deviations_of_the_log_price() -> None:
    # ln(1.5) = 0.405; 80 % a year over a quarter of one: 0.8 * sqrt(0.25) = 0.4; 0.405 / 0.4 = 1.0137
    room = room_in_deviations(
        price_quote=d(100), liquidation_quote=d(150), volatility_per_year=0.8, horizon=timedelta(days=91.25)
    )
    assert room == pytest.approx(1.0137, abs=0.0001)


def test_room_below_the_price_counts_like_room_above_it() -> None:
    below = room_in_deviations(
        price_quote=d(150), liquidation_quote=d(100), volatility_per_year=0.8, horizon=timedelta(days=91.25)
    )
    assert below == pytest.approx(1.0137, abs=0.0001)


@given(side=SIDES, entry=PRICES, leverage=LEVERAGES, rate=RATES, taker=FEES, is_inverse=st.booleans())
def test_a_short_is_liquidated_above_its_entry_and_a_long_below(
    side: Side, entry: Decimal, leverage: Decimal, rate: Decimal, taker: Decimal, is_inverse: bool
) -> None:
    assume(1 / leverage > rate + taker)
    price = (inverse if is_inverse else linear)(side, entry, leverage, tiers(str(rate)), taker)
    if price is None:
        assert leverage == 1
    else:
        assert price > entry if side is Side.SHORT else price < entry


@given(side=SIDES, entry=PRICES, amount=AMOUNTS, leverage=LEVERAGES, deducts=st.booleans())
def test_across_tiers_too_a_short_is_liquidated_above_its_entry_and_a_long_below(
    side: Side, entry: Decimal, amount: Decimal, leverage: Decimal, deducts: bool
) -> None:
    brackets = tiered(("0", "0.004"), ("50000", "0.01"), ("600000", "0.025"), ("8000000", "0.1"), deducts=deducts)
    assume(1 / leverage > brackets.at(amount * entry).maintenance_share)
    price = linear(side, entry, leverage, brackets, amount=amount)
    assert price is None or (price > entry if side is Side.SHORT else price < entry)


@given(side=SIDES, entry=PRICES, leverage=LEVERAGES, rate=RATES, more=LEVERAGES, is_inverse=st.booleans())
def test_higher_leverage_brings_liquidation_nearer(
    side: Side, entry: Decimal, leverage: Decimal, rate: Decimal, more: Decimal, is_inverse: bool
) -> None:
    assume(1 / (leverage + more) > rate)
    work_out = inverse if is_inverse else linear
    far, near = (work_out(side, entry, times, tiers(str(rate))) for times in (leverage, leverage + more))
    assert near is not None
    assert far is None or abs(near - entry) < abs(far - entry)


@given(side=SIDES, entry=PRICES, amount=AMOUNTS, leverage=LEVERAGES, taker=FEES, deducts=st.booleans())
def test_equity_at_the_liquidation_price_is_down_to_maintenance_and_the_closing_fee(
    side: Side, entry: Decimal, amount: Decimal, leverage: Decimal, taker: Decimal, deducts: bool
) -> None:
    brackets = tiered(("0", "0.004"), ("50000", "0.01"), ("600000", "0.025"), deducts=deducts)
    assume(1 < leverage < 1 / (d("0.025") + taker))
    price = linear(side, entry, leverage, brackets, taker, amount)
    if price is None:  # a long whose deduction pays for its maintenance down to nothing
        assert side is Side.LONG
        return
    tier = brackets.at(amount * price * d("1.000000000001"))
    equity = amount * entry / leverage + side.sign * amount * (price - entry)
    needed = amount * price * (tier.maintenance_share + taker) - tier.deduction
    assert equity <= needed + amount * entry * d("1e-9")
    if deducts or side is Side.LONG:
        assert equity == pytest.approx(needed, abs=amount * entry * d("1e-9"))


@given(side=SIDES, entry=PRICES, value=AMOUNTS, leverage=LEVERAGES, taker=FEES)
def test_so_is_equity_in_coin(side: Side, entry: Decimal, value: Decimal, leverage: Decimal, taker: Decimal) -> None:
    brackets = tiered(("0", "0.004"), ("0.5", "0.01"), ("4", "0.02"), unit=TierUnit.BASE)
    assume(1 < leverage < 1 / (d("0.02") + taker))
    coins = value / entry
    price = inverse_liquidation_price(
        side=side,
        entry_quote=entry,
        value_usd=value,
        margin_base=coins / leverage,
        tiers=brackets,
        taker_share=taker,
    )
    assert price is not None
    tier = brackets.at(value / price)
    equity = coins / leverage + side.sign * (coins - value / price)
    needed = value / price * (tier.maintenance_share + taker) - tier.deduction
    assert equity == pytest.approx(needed, abs=coins * d("1e-9"))


@given(side=SIDES, entry=PRICES, leverage=st.decimals(min_value=20, max_value=200, places=1))
def test_inverse_and_linear_agree_to_first_order_in_the_room(side: Side, entry: Decimal, leverage: Decimal) -> None:
    # without maintenance the rooms are x = 1/leverage and x / (1 + x) or x / (1 - x): x * x apart, and little more
    rooms = [work_out(side, entry, leverage, tiers("0")) for work_out in (linear, inverse)]
    one, other = (abs((price or d(0)) / entry - 1) for price in rooms)
    assert one == pytest.approx(1 / leverage)
    assert abs(one - other) <= d("1.06") / leverage**2


@given(entry=PRICES, amount=AMOUNTS, rise=st.decimals(min_value="0.05", max_value=3, places=2), taker=FEES)
def test_the_surviving_margin_puts_the_liquidation_price_just_there(
    entry: Decimal, amount: Decimal, rise: Decimal, taker: Decimal
) -> None:
    brackets = tiered(("0", "0.004"), ("50000", "0.01"), ("600000", "0.025"))
    there = entry * (1 + rise)
    needed = survival_margin_quote(
        amount_base=amount, entry_quote=entry, survive_quote=there, tiers=brackets, taker_share=taker
    )
    price = liquidation_price(
        side=Side.SHORT,
        entry_quote=entry,
        amount_base=amount,
        margin_quote=needed,
        tiers=brackets,
        taker_share=taker,
    )
    assert price == pytest.approx(there, rel=d("0.000000001"))


@given(
    entry=PRICES, rise=st.decimals(min_value="0.05", max_value=3, places=2), taker=FEES, unit=st.sampled_from(TierUnit)
)
def test_so_does_the_surviving_margin_in_coin(entry: Decimal, rise: Decimal, taker: Decimal, unit: TierUnit) -> None:
    brackets = tiered(("0", "0.004"), ("0.5", "0.01"), ("4", "0.02"), unit=TierUnit.BASE)
    brackets = brackets if unit is TierUnit.BASE else tiers("0.005")
    there = entry * (1 + rise)
    needed = inverse_survival_margin_base(
        value_usd=d(10_000), entry_quote=entry, survive_quote=there, tiers=brackets, taker_share=taker
    )
    assert needed < 10_000 / entry
    price = inverse_liquidation_price(
        side=Side.SHORT,
        entry_quote=entry,
        value_usd=d(10_000),
        margin_base=needed,
        tiers=brackets,
        taker_share=taker,
    )
    assert price == pytest.approx(there, rel=d("0.000000001"))


@given(side=SIDES, entry=PRICES, leverage=LEVERAGES, rate=RATES, scale=st.integers(2, 1000))
def test_many_times_the_coins_at_the_same_leverage_are_liquidated_at_the_same_price(
    side: Side, entry: Decimal, leverage: Decimal, rate: Decimal, scale: int
) -> None:
    assume(1 / leverage > rate)
    one, many = (linear(side, entry, leverage, tiers(str(rate)), amount=d(amount)) for amount in (1, scale))
    assert one == many or one == pytest.approx(many, rel=d("0.000000001"))


@given(entry=PRICES, leverage=LEVERAGES, rate=RATES)
def test_the_same_margin_in_coin_liquidates_a_long_sooner_than_margin_in_dollars(
    entry: Decimal, leverage: Decimal, rate: Decimal
) -> None:
    assume(leverage > 1)
    assume(1 / leverage > rate)
    in_coin, in_dollars = (work_out(Side.LONG, entry, leverage, tiers(str(rate))) for work_out in (inverse, linear))
    assert in_coin is not None
    assert in_dollars is not None
    assert in_coin > in_dollars
