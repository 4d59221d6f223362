"""The catalogue of coins."""

from chatbot.core.catalogue import CATALOGUE, SECTORS, Size, members, size_of


def test_every_coin_has_one_sector_and_every_sector_has_members() -> None:
    assert sum(len(members(sector)) for sector in SECTORS) == len(CATALOGUE)
    assert all(members(sector) for sector in SECTORS)
    assert len(CATALOGUE) >= 150


def test_a_coin_that_is_not_known_counts_as_the_smallest() -> None:
    assert size_of("BTC") is Size.LARGE
    assert size_of("NEVERHEARD") is Size.SMALL


def test_members_come_with_the_largest_first() -> None:
    assert members("layer 1")[:3] == ("ETH", "SOL", "XRP")
