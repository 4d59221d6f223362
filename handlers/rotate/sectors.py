"""/rotate sectors: which coins each sector is made of, and a person's own changes to that."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace

from chatbot.command import Audience, Button, Call, ChatKind, Reply, SectorEdit, Services
from chatbot.core.catalogue import AS_OF, SECTORS
from chatbot.core.errors import Suggestion, UserMistake
from chatbot.core.rotation.sectors import MOST_OF_CATALOGUE, as_shipped, sectors_of, with_coin, without_coin
from handlers import formatting as show
from handlers import grammar
from handlers.grammar.words import nearest_word
from handlers.grammar.written import shown, split
from handlers.rotate.request import ALIASES, SUBJECTS
from handlers.rotate.words import in_rows

COMMAND = "/rotate sectors"
VERBS = ("add", "remove", "reset")
LONGEST_NAME = 20
EXAMPLE = f"{COMMAND} ai add TAO"

Edits = tuple[SectorEdit, ...]


async def answer(call: Call, services: Services) -> Reply:
    """`sectors` lists all, `sectors ai` one; `sectors ai add TAO`, `remove TAO`, `reset` change it."""
    words = split(call.words)[1:]
    edits = (await services.settings.load(call.chat_id)).sectors
    name, verb, coins = _read(words, sectors_of(edits))
    if not name:
        if verb:
            raise _nameless(verb, coins)
        return _all(sectors_of(edits))
    if verb:
        if call.chat_kind is not ChatKind.PRIVATE:
            return Reply("Sectors of your own are kept in the private chat.", audience=Audience.ASKER)
        edits = await _change(call, services, _edit(name, verb, coins, services.market.coins()))
        if name not in (*sectors_of(edits), *SECTORS):  # one of their own, and its last coin is gone
            return _all(sectors_of(edits))
    return _one(name, sectors_of(edits), edits)


def _read(words: tuple[str, ...], sectors: Collection[str]) -> tuple[str, str, tuple[str, ...]]:
    """The sector's name, which may have several words, what to do, and with which coins."""
    low = [word.lower() for word in words]
    at = next((place for place, word in enumerate(low) if word in VERBS), len(low))
    name = " ".join(low[:at])
    return name if name in sectors else ALIASES.get(name, name), "".join(low[at : at + 1]), words[at + 1 :]


def _nameless(verb: str, words: tuple[str, ...]) -> UserMistake:
    coin = next((word for word in words[:1] if word.isalnum() and len(word) <= LONGEST_NAME), "TAO")
    lines = [f"{COMMAND} {name} {verb}{'' if verb == 'reset' else f' {coin}'}" for name in ("ai", "defi")]
    return UserMistake(f"Which sector is to be changed? Its name comes before {verb}.", [_tip(each) for each in lines])


def _edit(name: str, verb: str, words: tuple[str, ...], coins: frozenset[str]) -> Callable[[Edits], Edits]:
    if verb == "reset":
        return lambda edits: as_shipped(edits, name)
    named = _coins(name, verb, words, coins)
    change = with_coin if verb == "add" else without_coin
    if verb == "add":
        _require_name(name)

    def edit(edits: Edits) -> Edits:
        for coin in named:
            edits = change(edits, name, coin)
        return edits

    return edit


def _require_name(name: str) -> None:
    """One that a line can be read by: /rotate new is a question of its own."""
    if len(name) > LONGEST_NAME or not all(sign.isalnum() or sign in " -" for sign in name):
        raise UserMistake(f"A sector's name is letters and digits, up to {LONGEST_NAME} of them.", [_tip(EXAMPLE)])
    if name.split()[0] in SUBJECTS:
        raise UserMistake(f'"{name}" would be read as a question: /rotate {name.split()[0]}.', [_tip(EXAMPLE)])


def _coins(name: str, verb: str, words: tuple[str, ...], coins: frozenset[str]) -> tuple[str, ...]:
    """Coins that are added must be listed somewhere; any may be removed."""
    vocabulary = grammar.Vocabulary(coins, ())
    if not words:
        raise UserMistake(f"Which coin to {verb}?", [_tip(f"{COMMAND} {name} {verb} TAO")])
    found = []
    for word in words:
        coin = vocabulary.coin(word) if verb == "add" and coins else vocabulary.ticker(word)
        if coin is None:
            lines = [f"{COMMAND} {name} {verb} {near}" for near in grammar.nearest(word, coins)]
            raise UserMistake(f'No exchange here lists "{shown(word)}".', [_tip(line) for line in lines or (EXAMPLE,)])
        found.append(coin)
    return tuple(found)


def _tip(line: str) -> Suggestion:
    return Suggestion(line, line)


async def _change(call: Call, services: Services, edit: Callable[[Edits], Edits]) -> Edits:
    changed = await services.settings.change(
        call.chat_id, call.setting_id, lambda settings: replace(settings, sectors=edit(settings.sectors))
    )
    return (changed or await services.settings.load(call.chat_id)).sectors


def _all(sectors: Mapping[str, tuple[str, ...]]) -> Reply:
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


def _one(name: str, sectors: Mapping[str, tuple[str, ...]], edits: Edits) -> Reply:
    if name not in (*sectors, *SECTORS):
        raise _unknown(name, tuple(sectors))
    coins = sectors.get(name, ())
    edit = next((edit for edit in edits if edit.sector == name), SectorEdit(name))
    lines = [f"<b>{show.escape(name)}</b>: {len(coins)} coin{'' if len(coins) == 1 else 's'}"]
    lines.append(show.escape(", ".join(coins)) or "no coin is left in it")
    if edit.added:
        lines.append(f"added by you: {show.escape(', '.join(edit.added))}")
    if edit.removed:
        lines.append(f"removed by you: {show.escape(', '.join(edit.removed))}")
    if len(coins) == 1:
        lines.append("One coin is no sector: its strength is that of the coin.")
    changed = (Button("As shipped", f"{COMMAND} {name} reset"),) if edit.added or edit.removed else ()
    return Reply("\n".join(lines), ((*changed, Button("All sectors", COMMAND), Button("Which leads", "/rotate")),))


def _unknown(name: str, known: tuple[str, ...]) -> UserMistake:
    near = nearest_word(name, known)
    lines = [f"{COMMAND} {near}"] if near else []
    return UserMistake(
        f'There is no sector "{shown(name)}".',
        [_tip(line) for line in (*lines, COMMAND)],
    )
