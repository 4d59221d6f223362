"""A person's sectors are the catalogue's with what the person changed, and nothing else."""

from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.core.catalogue import members
from chatbot.core.chats import SectorEdit
from chatbot.core.errors import NotPossible
from chatbot.core.rotation.sectors import MOST_ADDED, MOST_SECTORS, as_shipped, sectors_of, with_coin, without_coin


def test_the_largest_coins_of_each_sector_are_looked_at() -> None:
    sectors = sectors_of(())
    assert sectors["ai"] == ("TAO", "FET", "RENDER", "WLD", "VIRTUAL", "AGIX", "OCEAN", "AI16Z")
    assert list(sectors)[:3] == ["store of value", "layer 1", "exchange"]
    assert max(len(coins) for coins in sectors.values()) == 8


def test_a_coin_goes_in_and_out_again() -> None:
    edits = with_coin((), "ai", "NMR")  # there already, behind the largest
    assert edits == (SectorEdit("ai", added=("NMR",)),)
    assert sectors_of(edits)["ai"][-1] == "NMR"
    assert without_coin(edits, "ai", "NMR") == (SectorEdit("ai", removed=("NMR",)),)
    assert with_coin((), "ai", "TAO") == ()


def test_a_coin_that_is_removed_makes_room_for_the_next() -> None:
    edits = without_coin((), "ai", "TAO")
    assert sectors_of(edits)["ai"] == ("FET", "RENDER", "WLD", "VIRTUAL", "AGIX", "OCEAN", "AI16Z", "ARKM")
    assert with_coin(edits, "ai", "TAO") == ()
    assert as_shipped(edits, "ai") == ()


def test_a_sector_of_ones_own_comes_with_its_first_coin_and_goes_with_its_last() -> None:
    edits = with_coin((), "agents", "VIRTUAL")
    assert sectors_of(edits)["agents"] == ("VIRTUAL",)
    assert "agents" not in sectors_of(without_coin(edits, "agents", "VIRTUAL"))


def test_there_is_a_limit_to_coins_and_to_sectors() -> None:
    edits: tuple[SectorEdit, ...] = ()
    for number in range(MOST_ADDED):
        edits = with_coin(edits, "ai", f"X{number}")
    with pytest.raises(NotPossible, match="20 coins"):
        with_coin(edits, "ai", "ONEMORE")
    for number in range(MOST_SECTORS):
        edits = with_coin(edits, f"own {number}", "BTC")
    with pytest.raises(NotPossible, match="10 sectors"):
        with_coin(edits, "one more", "BTC")


doings = st.lists(
    st.tuples(st.booleans(), st.sampled_from(["ai", "own"]), st.sampled_from([*members("ai"), "X", "Y"])), max_size=12
)


@given(doings)
def test_the_last_thing_said_of_a_coin_holds_whatever_was_said_before(steps: list[tuple[bool, str, str]]) -> None:
    def take(edits: tuple[SectorEdit, ...], step: tuple[bool, str, str]) -> tuple[SectorEdit, ...]:
        is_added, sector, coin = step
        return (with_coin if is_added else without_coin)(edits, sector, coin)

    nothing: tuple[SectorEdit, ...] = ()
    edits = reduce(take, steps, nothing)
    for is_added, sector, coin in {(sector, coin): (added, sector, coin) for added, sector, coin in steps}.values():
        assert (coin in sectors_of(edits).get(sector, ())) is is_added
