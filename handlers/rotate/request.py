"""The first words of /rotate, which sector a line names, and what to say where it names none."""

from collections.abc import Collection

from chatbot.core.errors import Suggestion, UserMistake
from handlers.grammar import nearest
from handlers.grammar.words import ALIKE, FILLERS, nearest_word
from handlers.grammar.written import shown, split

COMMAND = "/rotate"
LONGEST = 40  # letters of what may be a name
SUBJECTS = ("sectors", "exits", "check", "new", "test")  # first words that ask for something else than a sector
ALIASES = {
    "l1": "layer 1",
    "layer1": "layer 1",
    "l2": "layer 2",
    "layer2": "layer 2",
    "meme": "memes",
    "games": "gaming",
    "infra": "infrastructure",
    "oracles": "infrastructure",
    "exchanges": "exchange",
    "exch": "exchange",
    "exch.": "exchange",
    "store": "store of value",
    "btc eco": "bitcoin ecosystem",
}


def named_sector(text: str, sectors: Collection[str]) -> str | None:
    """The sector whose name is all that is written, in any case, filler words aside."""
    words = [word.lower() for word in split(text)]
    bare = " ".join(word for word in words if word not in FILLERS)
    found = (name for name in (" ".join(words), bare, ALIASES.get(bare, "")) if name in sectors)
    return next(found, None)


def unknown(text: str, sectors: Collection[str], coins: Collection[str]) -> UserMistake:
    """Names what was written, with the nearest sector, word or coin as a button."""
    words = split(text)
    written = " ".join(words)
    near = nearest_name(written, (*sectors, *SUBJECTS)) if len(written) <= LONGEST else None
    if near:
        return UserMistake(f'I don\'t know "{shown(written)}". Did you mean {near}?', [_line(near), _line("")])
    if first := nearest_name(words[0], SUBJECTS) if len(words[0]) <= LONGEST else None:
        meant = " ".join((first, *words[1:]))
        return UserMistake(f'I don\'t know "{shown(words[0])}". Did you mean {first}?', [_line(meant), _line("")])
    close = nearest(written, coins) if len(written) <= LONGEST else ()
    meant = f" Did you mean {' or '.join(close)}?" if close else ""
    return UserMistake(f'There is no sector "{shown(written)}".{meant}', [_line("sectors"), _line("")])


def nearest_name(word: str, names: Collection[str], alike: int = ALIKE) -> str | None:
    """The one that was probably meant: of the same letters, else by likeness (of 100, by rapidfuzz)."""
    letters = sorted(word.lower())
    swapped = next((name for name in names if sorted(name) == letters), None)
    return swapped or nearest_word(word, names, alike)


def _line(words: str) -> Suggestion:
    line = f"{COMMAND} {words}".strip()
    return Suggestion(line if words else "Which sector leads", line)
