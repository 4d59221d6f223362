"""The sectors a person looks at: those of the catalogue with what the person changed.

Law: a coin that was added is looked at whatever its size; of the catalogue's, the largest of each sector.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from chatbot.core.catalogue import SECTORS, members
from chatbot.core.chats import SectorEdit
from chatbot.core.errors import NotPossible

MOST_OF_CATALOGUE = 8  # each costs an exchange a request for its history
MOST_ADDED = 20  # to one sector
MOST_SECTORS = 10  # of a person's own


def sectors_of(edits: Sequence[SectorEdit]) -> Mapping[str, tuple[str, ...]]:
    """Coins by sector: the catalogue's sectors in its order, then the person's own; those without a coin left out."""
    changed = {edit.sector: edit for edit in edits}
    names = dict.fromkeys((*SECTORS, *changed))
    found = {name: _members(name, changed.get(name, SectorEdit(name))) for name in names}
    return {name: coins for name, coins in found.items() if coins}


def _members(name: str, edit: SectorEdit) -> tuple[str, ...]:
    shipped = [coin for coin in members(name) if coin not in edit.removed][:MOST_OF_CATALOGUE]
    return tuple(dict.fromkeys((*shipped, *edit.added)))


def with_coin(edits: Sequence[SectorEdit], sector: str, coin: str) -> tuple[SectorEdit, ...]:
    """The coin belongs to the sector, which is made where there is none. NotPossible above the limits."""
    edit = _edit_of(edits, sector)
    removed = tuple(each for each in edit.removed if each != coin)
    if coin in (*members(sector)[:MOST_OF_CATALOGUE], *edit.added):  # looked at whatever else is removed or comes back
        return _with(edits, replace(edit, removed=removed))
    if len(edit.added) == MOST_ADDED:
        raise NotPossible(f"A sector takes {MOST_ADDED} coins of your own.")
    own = [each.sector for each in edits if each.sector not in SECTORS]
    if sector not in (*SECTORS, *own) and len(own) == MOST_SECTORS:
        raise NotPossible(f"There is room for {MOST_SECTORS} sectors of your own.")
    return _with(edits, replace(edit, added=(*edit.added, coin), removed=removed))


def without_coin(edits: Sequence[SectorEdit], sector: str, coin: str) -> tuple[SectorEdit, ...]:
    """The coin does not belong to the sector any more; a sector of one's own without a coin is gone."""
    edit = _edit_of(edits, sector)
    removed = (*edit.removed, coin) if coin in members(sector) and coin not in edit.removed else edit.removed
    return _with(edits, replace(edit, added=tuple(each for each in edit.added if each != coin), removed=removed))


def as_shipped(edits: Sequence[SectorEdit], sector: str) -> tuple[SectorEdit, ...]:
    """As the catalogue has it; one of the person's own is gone."""
    return tuple(edit for edit in edits if edit.sector != sector)


def _edit_of(edits: Sequence[SectorEdit], sector: str) -> SectorEdit:
    return next((edit for edit in edits if edit.sector == sector), SectorEdit(sector))


def _with(edits: Sequence[SectorEdit], changed: SectorEdit) -> tuple[SectorEdit, ...]:
    """In its place, or at the end; without it where nothing is changed in it."""
    names = dict.fromkeys((*(edit.sector for edit in edits), changed.sector))
    found = [changed if name == changed.sector else _edit_of(edits, name) for name in names]
    return tuple(edit for edit in found if edit.added or edit.removed)
