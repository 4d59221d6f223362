"""A text as Telegram keeps it: cleaned, trimmed, within its limits, with the links and commands it finds itself. Pure.

The limit of 4,096 is counted in UTF-16 code units. The real server counts characters, so a text full of emoji is
refused here a little earlier than there, never later.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from chatbot.sandbox.botapi.errors import bad_request
from chatbot.sandbox.botapi.markup import Entity, MarkupError, parse_html, utf16_length

TEXT_LIMIT = 4096  # UTF-16 code units after parsing
CAPTION_LIMIT = 1024
RAW_LIMIT = 32_768  # bytes before parsing
ENTITY_LIMIT = 100  # the rest are dropped without a word

_STYLES = ("bold", "italic", "underline", "strikethrough", "spoiler")
_QUOTES = ("blockquote", "expandable_blockquote")
_MONOSPACE = ("pre", "code")
_OUTER_FIRST = (*_QUOTES, *reversed(_MONOSPACE), "text_link")  # where two cover the same text

_CONTROL = re.compile(r"[\x00-\x09\x0b-\x0c\x0e-\x1f]")
_DROPPED = re.compile(r"[\r\u2028-\u202e\u0333\u033f\u030a]")
_TOP_LEVEL = "com|org|net|io|me|app|info|co|exchange|fi|dev|xyz|ai|eu|uk|de|fr|us|ch|jp|cn|ru"
_AUTOMATIC = (
    (
        "url",
        re.compile(
            r"\bhttps?://[^\s<>\"]*[\w/]|(?<![\w@./])(?:[a-z0-9-]+\.)+(?:" + _TOP_LEVEL + r")\b(?:/[\w/?=&%.-]*\w)?",
            re.I,
        ),
    ),
    ("bot_command", re.compile(r"(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/@>])")),
    ("mention", re.compile(r"(?<![\w/])@[A-Za-z0-9_]{4,32}\b")),
    ("cashtag", re.compile(r"(?<![\w$])\$(?:1INCH|[A-Z]{1,8})\b(?!\$)")),
    ("hashtag", re.compile(r"(?<![\w#])#(?=\w*[^\W\d])\w{1,256}\b(?!#)")),
)


@dataclass(frozen=True, slots=True)
class FormattedText:
    """What a reader sees, with its entities in the order of the text."""

    text: str
    entities: tuple[Entity, ...] = ()

    def json(self, prefix: str = "") -> dict[str, Any]:
        """As fields of a message; `prefix` is `caption_` for the entities of a caption."""
        if not self.text:
            return {}
        name = "caption" if prefix else "text"
        entities = [
            {"type": entity.type, "offset": entity.offset, "length": entity.length, **dict(entity.details)}
            for entity in self.entities
        ]
        return {name: self.text, **({f"{prefix}entities": entities} if entities else {})}


def plain_text(typed: str) -> FormattedText:
    """A text as a person types it: nothing in it is markup."""
    text, _ = _trim(_clean(typed, ())[0], ())
    return FormattedText(text, _in_order(_automatic(text, ())))


def message_text(raw: str, parse_mode: str, entities: tuple[Entity, ...]) -> FormattedText:
    """The text of a message. Raises ApiError where it is empty, too long or wrongly marked up."""
    if not raw:
        raise bad_request("message text is empty")
    if len(raw.encode()) > RAW_LIMIT:
        raise bad_request("text is too long")
    formatted = _formatted(raw, parse_mode, entities)
    if not formatted.text:
        raise bad_request("text must be non-empty")
    if utf16_length(formatted.text) > TEXT_LIMIT:
        raise bad_request("message is too long")
    return formatted


def caption_text(raw: str, parse_mode: str, entities: tuple[Entity, ...]) -> FormattedText:
    """The caption of a picture or file, which may be empty. Raises ApiError where it is too long."""
    formatted = _formatted(raw, parse_mode, entities)
    if utf16_length(formatted.text) > CAPTION_LIMIT:
        raise bad_request("message caption is too long")
    return formatted


def _formatted(raw: str, parse_mode: str, given: tuple[Entity, ...]) -> FormattedText:
    text, entities = (raw, given) if given else _parsed(raw, parse_mode)
    text, entities = _trim(*_clean(text, entities))
    kept = _settled(entities)
    return FormattedText(text, _in_order((*kept, *_automatic(text, kept))))


def _parsed(raw: str, parse_mode: str) -> tuple[str, tuple[Entity, ...]]:
    if not parse_mode or parse_mode.lower() == "none":
        return raw, ()
    if parse_mode.lower() != "html":  # Markdown is not spoken here
        raise bad_request("unsupported parse_mode")
    try:
        return parse_html(raw)
    except MarkupError as error:
        raise bad_request(f"can't parse entities: {error}") from error


def _clean(text: str, entities: tuple[Entity, ...]) -> tuple[str, tuple[Entity, ...]]:
    """Control characters become spaces; carriage returns and direction overrides go."""
    text = _CONTROL.sub(" ", text)
    dropped = [utf16_length(text[: match.start()]) for match in _DROPPED.finditer(text)]
    if dropped:
        entities = tuple(_without(entity, dropped) for entity in entities)
    return _DROPPED.sub("", text), entities


def _without(entity: Entity, dropped: list[int]) -> Entity:
    before = sum(at < entity.offset for at in dropped)
    inside = sum(entity.offset <= at < entity.end for at in dropped)
    return Entity(entity.type, entity.offset - before, entity.length - inside, entity.details)


def _trim(text: str, entities: tuple[Entity, ...]) -> tuple[str, tuple[Entity, ...]]:
    """Space at both ends goes, in front only as far as the first entity: a table may begin with a space."""
    text = text.rstrip(" \n")
    first = min((entity.offset for entity in entities), default=len(text))
    skipped = min(len(text) - len(text.lstrip(" \n")), first)
    text, end = text[skipped:], utf16_length(text) - skipped
    return text, tuple(cut for entity in entities if (cut := _cut(entity, skipped, end)).length > 0)


def _cut(entity: Entity, skipped: int, end: int) -> Entity:
    offset = entity.offset - skipped
    return Entity(entity.type, offset, min(entity.length, end - offset), entity.details)


def _settled(entities: tuple[Entity, ...]) -> tuple[Entity, ...]:
    """Quotes do not nest, links and monospace hold no others, styles stop at monospace; at most 100 remain."""
    quotes = _outermost(entity for entity in entities if entity.type in _QUOTES)
    solid = _outermost(entity for entity in entities if entity.type not in _STYLES + _QUOTES)
    monospace = [entity for entity in solid if entity.type in _MONOSPACE]
    styles = [part for entity in entities if entity.type in _STYLES for part in _outside(entity, monospace)]
    solid = [Entity("code", e.offset, e.length) if e.type == "code" else e for e in solid]
    return (*quotes, *solid, *_in_order(styles))[:ENTITY_LIMIT]


def _outermost(entities: Iterable[Entity]) -> list[Entity]:
    kept: list[Entity] = []
    for entity in _in_order(entities):
        if not kept or entity.offset >= kept[-1].end:
            kept.append(entity)
    return kept


def _outside(entity: Entity, holes: list[Entity]) -> Iterator[Entity]:
    """The parts of a style that no hole covers; holes are in order and do not overlap."""
    at = entity.offset
    for hole in (hole for hole in holes if hole.offset < entity.end and hole.end > entity.offset):
        if hole.offset > at:
            yield Entity(entity.type, at, hole.offset - at)
        at = hole.end
    if at < entity.end:
        yield Entity(entity.type, at, entity.end - at)


def _automatic(text: str, taken: Iterable[Entity]) -> list[Entity]:
    """Addresses, commands, mentions and tags that stand in the text where nothing else does."""
    found = [entity for entity in taken if entity.type not in _STYLES + _QUOTES]
    given = len(found)
    for kind, pattern in _AUTOMATIC:
        for match in pattern.finditer(text):
            entity = Entity(kind, utf16_length(text[: match.start()]), utf16_length(match[0]))
            if not any(entity.offset < other.end and other.offset < entity.end for other in found):
                found.append(entity)
    return found[given:]


def _in_order(entities: Iterable[Entity]) -> tuple[Entity, ...]:
    return tuple(sorted(entities, key=lambda entity: (entity.offset, -entity.length, _rank(entity.type))))


def _rank(kind: str) -> int:
    return _OUTER_FIRST.index(kind) if kind in _OUTER_FIRST else len(_OUTER_FIRST)
