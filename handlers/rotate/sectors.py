"""/rotate sectors: which coins each sector is made of, and a person's own changes to that.

Law: a line is done whole or not at all; every change says what was done, and has its way back.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from chatbot.command import Audience, Button, Call, ChatKind, Reply, SectorEdit, Services
from chatbot.core.catalogue import AS_OF, SECTORS, members
from chatbot.core.errors import Suggestion, UserMistake
from chatbot.core.rotation.sectors import MOST_OF_CATALOGUE, as_shipped, sectors_of, with_coin, without_coin
from handlers import formatting as show
from handlers import grammar
from handlers.grammar.written import shown, split
from handlers.rotate.request import ALIASES, SUBJECTS, nearest_name
from handlers.rotate.words import in_rows

COMMAND = "/rotate sectors"
ADD, MAKE, REMOVE, RESET = "add", "make", "remove", "reset"
VERBS = (ADD, MAKE, REMOVE, RESET)
LONGEST_NAME = 20
MISSPELT = 75  # of 100, by rapidfuzz: so near to a sector that there is, a new name is asked about
EXAMPLE = f"{COMMAND} ai add TAO"

Edits = tuple[SectorEdit, ...]
Sectors = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Change:
    """One verb and the coins behind it."""

    verb: str
    coins: tuple[str, ...]


async def answer(call: Call, services: Services) -> Reply:
    """`sectors` lists all, `sectors ai` one; `ai add TAO remove FET` `ai reset` change it; `mine make BTC`."""
    edits = (await services.settings.load(call.chat_id)).sectors
    sectors = sectors_of(edits)
    name, changes = _read(split(call.words)[1:], sectors)
    if not name:
        return _all(sectors) if not changes else _nameless(changes[0], edits)
    if not changes:
        return _one(name, sectors, edits)
    if call.chat_kind is not ChatKind.PRIVATE:
        return Reply("Sectors of your own are kept in the private chat.", audience=Audience.ASKER)
    known = _understood(name, changes, sectors, services.market.coins())
    after = await _change(call, services, lambda before: _edited(before, name, known))
    return _told(name, known, edits, after)


def _read(words: tuple[str, ...], sectors: Collection[str]) -> tuple[str, tuple[Change, ...]]:
    """The sector's name, which may have several words, and what to do with which coins."""
    low = [word.lower() for word in words]
    at = [place for place, word in enumerate(low) if word in VERBS]
    ends = (*at[1:], len(low))
    changes = (
        tuple(Change(low[begin], words[begin + 1 : end]) for begin, end in zip(at, ends, strict=True)) if at else ()
    )
    name = " ".join(low[: at[0]] if at else low)
    return name if name in sectors else ALIASES.get(name, name), changes


def _nameless(change: Change, edits: Edits) -> Reply:
    """Nothing is changed; UserMistake with the lines that were probably meant."""
    if change.verb == RESET and not edits:
        return Reply("Nothing to reset: every sector is as shipped.", ((Button("All sectors", COMMAND),),))
    coin = next((word for word in change.coins[:1] if word.isalnum() and len(word) <= LONGEST_NAME), "TAO")
    names = [edit.sector for edit in edits] if change.verb == RESET else ["ai", "defi"]
    lines = [f"{COMMAND} {name} {change.verb}{'' if change.verb == RESET else f' {coin}'}" for name in names]
    sentence = f"Which sector is to be changed? Its name comes before {change.verb}."
    raise UserMistake(sentence, [_tip(each) for each in lines])


def _understood(name: str, changes: tuple[Change, ...], sectors: Sectors, coins: frozenset[str]) -> tuple[Change, ...]:
    """With coins as they are listed. UserMistake for what is not understood: then nothing is changed."""
    if name not in (*sectors, *SECTORS):
        _require_name(name, changes, sectors, coins)
    return tuple(
        each if each.verb == RESET else Change(each.verb, _coins(name, each, changes, coins)) for each in changes
    )


def _edited(edits: Edits, name: str, changes: tuple[Change, ...]) -> Edits:
    for change in changes:
        if change.verb == RESET:
            edits = as_shipped(edits, name)
        for coin in change.coins if change.verb != RESET else ():
            edits = (without_coin if change.verb == REMOVE else with_coin)(edits, name, coin)
    return edits


def _require_name(name: str, changes: tuple[Change, ...], sectors: Sectors, coins: frozenset[str]) -> None:
    """One that a line can be read by, and that no other was meant by: /rotate new is a question, /rotate UNI a coin."""
    if changes[0].verb in (REMOVE, RESET):
        raise _unknown(name, tuple(sectors), _written(changes))
    if len(name) > LONGEST_NAME or not all(sign.isalnum() or sign in " -" for sign in name):
        raise UserMistake(f"A sector's name is letters and digits, up to {LONGEST_NAME} of them.", [_tip(EXAMPLE)])
    if name.split()[0] in SUBJECTS:
        raise UserMistake(f'"{name}" would be read as a question: /rotate {name.split()[0]}.', [_tip(EXAMPLE)])
    if coin := grammar.Vocabulary(coins, ()).coin(name):
        own = f"{COMMAND} my {name} {_written(changes)}"
        raise UserMistake(f'"{name}" would be read as the coin {coin}: take another name.', [_tip(own)])
    if changes[0].verb == ADD and (near := nearest_name(name, tuple(sectors), MISSPELT)):
        made = _written((replace(changes[0], verb=MAKE), *changes[1:]))
        raise UserMistake(
            f'There is no sector "{shown(name)}". Did you mean {near}? Nothing is stored yet.',
            [
                _tip(f"{COMMAND} {near} {_written(changes)}"),
                Suggestion(f"Make a new {name}", f"{COMMAND} {name} {made}"),
            ],
        )


def _written(changes: Iterable[Change]) -> str:
    return " ".join(" ".join((change.verb, *change.coins)) for change in changes)


def _coins(name: str, change: Change, changes: tuple[Change, ...], coins: frozenset[str]) -> tuple[str, ...]:
    """Coins that are added must be listed somewhere or be of that sector; any may be removed."""
    if not change.coins:
        raise UserMistake(f"Which coin to {change.verb}?", [_tip(f"{COMMAND} {name} {change.verb} TAO")])
    found = {word: _coin(word, name, change, coins) for word in change.coins}
    good = tuple(coin for coin in found.values() if coin is not None)
    bad = [word for word, coin in found.items() if coin is None]
    if not bad:
        return tuple(dict.fromkeys(good))
    ways = [_with_coins(changes, change, good)] if good else []
    for near in grammar.nearest(bad[0], coins):
        mended = tuple(near if word == bad[0] else word for word in change.coins)
        ways += [_with_coins(changes, change, mended)]
    none, stored = ", ".join(f'"{shown(word)}"' for word in bad), " Nothing is stored yet." if good else ""
    tips = [_tip(f"{COMMAND} {name} {_written(each)}") for each in ways]
    raise UserMistake(f"No exchange here lists {none}.{stored}", tips or [_tip(EXAMPLE)])


def _coin(word: str, name: str, change: Change, coins: frozenset[str]) -> str | None:
    vocabulary = grammar.Vocabulary(coins, ())
    if change.verb == REMOVE or not coins or word.upper() in members(name):
        return vocabulary.ticker(word)
    return vocabulary.coin(word)


def _with_coins(changes: tuple[Change, ...], change: Change, coins: tuple[str, ...]) -> tuple[Change, ...]:
    return tuple(replace(each, coins=coins) if each is change else each for each in changes)


def _tip(line: str) -> Suggestion:
    return Suggestion(line, line)


async def _change(call: Call, services: Services, edit: Callable[[Edits], Edits]) -> Edits:
    changed = await services.settings.change(
        call.chat_id, call.setting_id, lambda settings: replace(settings, sectors=edit(settings.sectors))
    )
    return (changed or await services.settings.load(call.chat_id)).sectors


def _told(name: str, changes: tuple[Change, ...], before: Edits, after: Edits) -> Reply:
    """What was done, the sector as it is now, and the way back."""
    sectors = sectors_of(after)
    is_gone = name not in (*sectors, *SECTORS)  # one of their own without a coin
    reply = _all(sectors) if is_gone else _one(name, sectors, after)
    notes = [note for change in changes for note in _notes(name, change, before, is_same=before == after)]
    if is_gone and before != after and changes[0].verb != RESET:
        notes.append(f"That was its last coin: {name} is deleted")
    undo = ((Button("Undo", way_back),),) if (way_back := _way_back(name, before, after, is_gone=is_gone)) else ()
    text = "\n".join((*(f"<b>{show.escape(note)}</b>" for note in notes), reply.text))
    return replace(reply, text=text, buttons=(*undo, *reply.buttons))


def _notes(name: str, change: Change, before: Edits, *, is_same: bool) -> Iterator[str]:
    """Of each coin whether it came, went, or was so before."""
    if change.verb == RESET:
        again = f"{name} is as shipped{' already: nothing to reset' if is_same else ' again'}"
        yield again if name in SECTORS else f"Deleted {name}"
        return
    had = _belonging(name, before) if change.verb == REMOVE else sectors_of(before).get(name, ())
    old = [coin for coin in change.coins if coin in had]
    new = [coin for coin in change.coins if coin not in had]
    if change.verb == REMOVE:
        yield from [f"Removed {', '.join(old)} from {name}"] if old else []
        yield from [f"{_are(new)} not in {name}"] if new else []
        return
    yield from [f"Added {', '.join(new)} to {name}"] if new else []
    yield from [f"{_are(old)} already in {name}"] if old else []


def _belonging(name: str, edits: Edits) -> tuple[str, ...]:
    """What is looked at, and the smaller coins of the catalogue that come after it."""
    removed = next((edit.removed for edit in edits if edit.sector == name), ())
    return (*sectors_of(edits).get(name, ()), *_missing(members(name), removed))


def _are(coins: Sequence[str]) -> str:
    return f"{', '.join(coins)} {'is' if len(coins) == 1 else 'are'}"


def _way_back(name: str, before: Edits, after: Edits, *, is_gone: bool) -> str | None:
    """The line that makes what was; None where nothing is changed."""
    old, new = (next((edit for edit in each if edit.sector == name), SectorEdit(name)) for each in (before, after))
    to_add = _missing(old.added, new.added) + _missing(new.removed, old.removed)
    to_remove = _missing(new.added, old.added) + _missing(old.removed, new.removed)
    is_small = not set(members(name)[MOST_OF_CATALOGUE:]).isdisjoint((*to_add, *to_remove))
    if is_small and old == SectorEdit(name):  # one that was there unlooked at: no adding or removing says that
        return f"{COMMAND} {name} {RESET}"
    changes = (Change(MAKE if is_gone else ADD, to_add), Change(REMOVE, to_remove))
    written = _written(change for change in changes if change.coins)
    return f"{COMMAND} {name} {written}" if written else None


def _missing(coins: Iterable[str], present: Collection[str]) -> tuple[str, ...]:
    return tuple(coin for coin in coins if coin not in present)


def _all(sectors: Sectors) -> Reply:
    rows = [f"<b>{show.escape(name)}</b> {show.escape(', '.join(coins))}" for name, coins in sectors.items()]
    text = "\n".join(
        (
            f"<b>{len(sectors)} sectors</b>, as of {AS_OF:%B %Y}",
            f"Of each the {MOST_OF_CATALOGUE} largest coins are looked at, and those you add.",
            show.expandable("\n".join(rows)),
            f"<code>{COMMAND} ai add TAO</code> <code>remove FET</code> <code>reset</code>; a new name makes a sector",
        )
    )
    buttons = in_rows(Button(name, f"{COMMAND} {name}") for name in sectors)
    return Reply(text, (*buttons, (Button("Which sector leads", "/rotate"),)))


def _one(name: str, sectors: Sectors, edits: Edits) -> Reply:
    if name not in (*sectors, *SECTORS):
        raise _unknown(name, tuple(sectors))
    coins = sectors.get(name, ())
    edit = next((edit for edit in edits if edit.sector == name), SectorEdit(name))
    lines = [f"<b>{show.escape(name)}</b>: {len(coins)} coin{'' if len(coins) == 1 else 's'}"]
    lines.append(show.escape(", ".join(coins)) or "no coin is left in it")
    if edit.added and name in SECTORS:
        lines.append(f"added by you: {show.escape(', '.join(edit.added))}")
    if edit.removed:
        lines.append(f"removed by you: {show.escape(', '.join(edit.removed))}")
    if len(coins) == 1:
        lines.append("One coin is no sector: its strength is that of the coin.")
    label = "As shipped" if name in SECTORS else f"Delete {name}"
    changed = ((Button(label, f"{COMMAND} {name} {RESET}"),),) if edit.added or edit.removed else ()
    return Reply("\n".join(lines), (*changed, (Button("All sectors", COMMAND), Button("Which leads", "/rotate"))))


def _unknown(name: str, known: tuple[str, ...], written: str = "") -> UserMistake:
    near = nearest_name(name, known)
    lines = [f"{COMMAND} {near} {written}".rstrip()] if near else []
    return UserMistake(
        f'There is no sector "{shown(name)}".',
        [_tip(line) for line in (*lines, COMMAND)],
    )
