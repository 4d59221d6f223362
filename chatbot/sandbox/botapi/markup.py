"""Telegram's HTML to plain text and entities. The law: what tdlib's `parse_html` refuses is refused in its words.

Offsets in errors are bytes of the UTF-8 markup, offsets of entities are UTF-16 code units of the text.
"""

import re
from dataclasses import dataclass

from chatbot.sandbox.botapi.links import checked_link

TYPES = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "a": "text_link",
    "tg-emoji": "custom_emoji",
    "tg-time": "date_time",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
}
_NAMED_REFERENCES = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}  # the only ones; &nbsp; stays as it is
_REFERENCE = re.compile(r"&(?:#x([0-9A-Fa-f]+)|#([0-9]+)|([A-Za-z]+));?", re.ASCII)
_PLAIN = re.compile(r"[^<&]+")
_SPACE = " \t\r\n\v\0"  # tdlib counts the end of the text as space
_ATTRIBUTE_NAME = re.compile(r"[^ \t\r\n\v\0=>/\"']*")
_NAME_TOKEN = re.compile(r"[A-Za-z0-9.-]*")
_TIME_FORMAT = re.compile(r"r|w?[dD]?[tT]?")


class MarkupError(ValueError):
    """The markup cannot be read; the message is the part after `can't parse entities: `."""


@dataclass(frozen=True, slots=True)
class Entity:
    """A stretch of the text, in UTF-16 code units, and what it is; `details` are the further fields by name."""

    type: str
    offset: int
    length: int
    details: tuple[tuple[str, str | int], ...] = ()

    @property
    def end(self) -> int:
        """The offset of the first unit behind it."""
        return self.offset + self.length


@dataclass(frozen=True, slots=True)
class _OpenTag:
    name: str
    attributes: dict[str, str]
    offset: int
    first_piece: int


def utf16_length(text: str) -> int:
    """The number of UTF-16 code units: 2 for an emoji."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def parse_html(markup: str) -> tuple[str, tuple[Entity, ...]]:
    """The text and its entities in the order in which they end. Raises MarkupError."""
    return _Parser(markup).parse()


class _Parser:
    """One reading of one markup; `\\0` behind its end saves asking for the end at each step."""

    def __init__(self, markup: str) -> None:
        self._source = markup.replace("\0", " ") + "\0"
        self._at = 0
        self._pieces: list[str] = []
        self._offset = 0
        self._open: list[_OpenTag] = []
        self._entities: list[Entity] = []

    def parse(self) -> tuple[str, tuple[Entity, ...]]:
        while self._at < len(self._source) - 1:
            self._read_next()
        if self._open:
            raise MarkupError(f'Can\'t find end tag corresponding to start tag "{self._open[-1].name}"')
        return "".join(self._pieces), tuple(self._entities)

    def _read_next(self) -> None:
        if self._source.startswith("</", self._at):
            self._read_end_tag()
        elif self._source[self._at] == "<":
            self._read_start_tag()
        elif self._source[self._at] == "&":
            self._read_reference()
        else:
            self._read_plain()

    def _write(self, text: str) -> None:
        self._pieces.append(text)
        self._offset += utf16_length(text)

    def _read_plain(self) -> None:
        match = _PLAIN.match(self._source, self._at, len(self._source) - 1)
        self._at += len(match[0]) if match else 1
        self._write(match[0] if match else "")

    def _read_reference(self) -> None:
        character, self._at = _reference(self._source, self._at)
        self._write(character)

    def _read_start_tag(self) -> None:
        begin = self._at
        name = self._read_until_space_or_end(begin + 1).lower()
        if self._here == "\0":
            raise self._error("Unclosed start tag", begin)
        if name not in TYPES:
            raise self._error(f'Unsupported start tag "{name}"', begin)
        attributes = self._read_attributes(name, begin)
        self._at += 1
        self._check(name, attributes, begin)
        self._open.append(_OpenTag(name, attributes, self._offset, len(self._pieces)))

    def _check(self, name: str, attributes: dict[str, str], begin: int) -> None:
        if name == "span" and attributes.get("class") != "tg-spoiler":
            raise self._error('Tag "span" must have class "tg-spoiler"', begin)
        # The wording of the next two is ours: the published parser is older than the tag.
        if name == "tg-time" and not re.fullmatch("[0-9]{1,11}", attributes.get("unix", "")):
            raise self._error('Tag "tg-time" must have attribute "unix"', begin)
        if name == "tg-time" and not _TIME_FORMAT.fullmatch(attributes.get("format", "")):
            raise self._error('Tag "tg-time" must have a valid attribute "format"', begin)

    def _read_attributes(self, tag: str, begin: int) -> dict[str, str]:
        attributes: dict[str, str] = {}
        self._skip_space()
        while self._here != ">":
            name = self._read_attribute_name(tag, begin)
            attributes[name] = self._read_attribute_value(begin) if self._here == "=" else "1"
            self._skip_space()
            if self._here == "\0":
                raise self._error(f'Unclosed start tag "{tag}"', begin)
        return attributes

    def _read_attribute_name(self, tag: str, begin: int) -> str:
        match = _ATTRIBUTE_NAME.match(self._source, self._at)
        if not match or not match[0]:
            raise self._error(f'Empty attribute name in the tag "{tag}"', begin)
        self._at = match.end()
        self._skip_space()
        return match[0]

    def _read_attribute_value(self, begin: int) -> str:
        self._at += 1
        self._skip_space()
        value = self._read_quoted() if self._here in "\"'" else self._read_name_token()
        if self._here == "\0":
            raise self._error("Unclosed start tag", begin)
        return value

    def _read_quoted(self) -> str:
        quote, value = self._here, ""
        self._at += 1
        while self._here not in (quote, "\0"):
            if self._here == "&":
                character, self._at = _reference(self._source, self._at)
            else:
                character, self._at = self._here, self._at + 1
            value += character
        self._at += self._here == quote
        return value

    def _read_name_token(self) -> str:
        begin = self._at
        match = _NAME_TOKEN.match(self._source, begin)
        self._at = match.end() if match else begin
        if self._here not in _SPACE + ">":
            raise self._error("Unexpected end of name token", begin)
        return self._source[begin : self._at].lower()

    def _read_end_tag(self) -> None:
        begin = self._at
        if not self._open:
            raise self._error("Unexpected end tag", begin)
        name = self._read_until_space_or_end(begin + 2).lower()
        self._skip_space()
        if self._here != ">":
            raise self._error("Unclosed end tag", begin)
        self._at += 1
        opened = self._open.pop()
        if name and name != opened.name:
            raise self._error(f'Unmatched end tag, expected "</{opened.name}>", found "</{name}>"', begin)
        if self._offset > opened.offset:
            self._close(opened)

    def _close(self, tag: _OpenTag) -> None:
        length = self._offset - tag.offset
        text = "".join(self._pieces[tag.first_piece :])
        previous = self._entities[-1] if self._entities else None
        if previous and _is_one_block(previous, tag, length):
            self._entities[-1] = Entity("pre", tag.offset, length, _language(tag.attributes) or previous.details)
        elif entity := _entity(tag, length, text):
            self._entities.append(entity)

    @property
    def _here(self) -> str:
        return self._source[self._at]

    def _skip_space(self) -> None:
        while self._here != "\0" and self._here in _SPACE:
            self._at += 1

    def _read_until_space_or_end(self, begin: int) -> str:
        self._at = begin
        while self._here not in _SPACE + ">":
            self._at += 1
        return self._source[begin : self._at]

    def _error(self, reason: str, at: int) -> MarkupError:
        where = f" at byte offset {len(self._source[:at].encode())}"
        if reason.startswith("Unmatched end tag, "):
            return MarkupError(reason.replace(",", where + ",", 1))
        return MarkupError(reason + where)


def _reference(source: str, at: int) -> tuple[str, int]:
    """The character meant by `&...` at this place and where the text goes on; `&` itself where none is meant."""
    match = _REFERENCE.match(source, at)
    if match is None:
        return "&", at + 1
    if match[3]:
        character = _NAMED_REFERENCES.get(match[3])
    else:
        character = _numbered(int(match[1], 16) if match[1] else int(match[2]))
    return ("&", at + 1) if character is None else (character, match.end())


def _numbered(code: int) -> str | None:
    if 0xD800 <= code <= 0xDFFF:
        raise MarkupError(
            "Text contains invalid Unicode characters after decoding HTML entities, "
            "check for unmatched surrogate code units"
        )
    return chr(code) if 0 < code < 0x10FFFF else None


def _language(attributes: dict[str, str]) -> tuple[tuple[str, str | int], ...]:
    name = attributes.get("class", "")
    return (("language", name.removeprefix("language-")),) if name.startswith("language-") else ()


def _is_one_block(previous: Entity, tag: _OpenTag, length: int) -> bool:
    """Whether `<pre>` and `<code class="language-...">` cover the same text: together they are one block."""
    if (previous.offset, previous.length) != (tag.offset, length):
        return False
    if tag.name == "pre":
        return previous.type == "code" and bool(previous.details)
    return tag.name == "code" and previous.type == "pre" and bool(_language(tag.attributes))


def _entity(tag: _OpenTag, length: int, text: str) -> Entity | None:
    """The entity of a closed tag; None where a link leads nowhere, which Telegram drops without a word."""
    match tag.name:
        case "a":
            url = checked_link(tag.attributes.get("href") or text)
            return Entity("text_link", tag.offset, length, (("url", url),)) if url else None
        case "tg-emoji":
            return Entity("custom_emoji", tag.offset, length, (("custom_emoji_id", _emoji_id(tag.attributes)),))
        case "tg-time":
            return Entity("date_time", tag.offset, length, _moment(tag.attributes))
        case "blockquote" if tag.attributes.get("expandable"):
            return Entity("expandable_blockquote", tag.offset, length)
        case "code":  # kept until its `<pre>` closes; dropped by whoever reads the finished entities
            return Entity("code", tag.offset, length, _language(tag.attributes))
        case _:
            return Entity(TYPES[tag.name], tag.offset, length)


def _emoji_id(attributes: dict[str, str]) -> str:
    number = attributes.get("emoji-id", "")
    if not re.fullmatch("-?[0-9]{1,19}", number) or int(number) == 0:
        raise MarkupError("Invalid custom emoji identifier specified")
    return number


def _moment(attributes: dict[str, str]) -> tuple[tuple[str, str | int], ...]:
    time_format = attributes.get("format", "")
    unix_time = ("unix_time", int(attributes["unix"]))
    return (unix_time, ("date_time_format", time_format)) if time_format else (unix_time,)
