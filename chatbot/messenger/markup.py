"""Telegram's HTML as text: split where a message is too long, and read without its tags.

Law: the parts of a split say the same as the whole, and each part is well-formed by itself.
"""

from html.parser import HTMLParser

from chatbot.command import Reply

LONGEST_TEXT = 4096  # after parsing; counted in UTF-16 units, which are never fewer than what Telegram counts
LONGEST_CAPTION = 1024


def unbroken(text: str) -> str:
    """A minus sign stays with its dollars at the end of a line, and a number with its percent sign.

    A word joiner, which nobody sees, stands between the first, a space that does not break between the others.
    """
    return text.replace("−$", "−\u2060$").replace(" %", "\u00a0%")


def split(text: str, longest: int = LONGEST_TEXT) -> tuple[str, ...]:
    """Parts of at most `longest` visible units, cut at line ends where possible; open tags are closed and reopened."""
    if len(text) * 2 <= longest:  # a character is at most two units
        return (text,)
    splitter = _Splitter(longest)
    splitter.feed(text)
    splitter.close()
    return splitter.parts()


def visible_length(text: str) -> int:
    """How many UTF-16 units of `text` are left after parsing."""
    return _units(without_tags(text))


def without_tags(text: str) -> str:
    """HTML as a reader sees it."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    return "".join(reader.pieces)


def plain_text(reply: Reply) -> str:
    """A reply for a terminal: text, caption, the name of a file, and what its buttons would ask."""
    commands = [button.command for row in reply.buttons for button in row if button.command]
    parts = (
        without_tags(reply.text).strip(),
        without_tags(reply.picture.caption).strip() if reply.picture and reply.picture.caption != reply.text else "",
        f"[file {reply.file.name}, {len(reply.file.content):,} bytes]" if reply.file else "",
        f"Next: {' · '.join(commands)}" if commands else "",
    )
    return "\n\n".join(part for part in parts if part)


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


class _Reader(HTMLParser):
    """Keeps what is between the tags."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []

    def handle_data(self, data: str) -> None:
        self.pieces.append(data)


class _Splitter(HTMLParser):
    """Fills one part after the other, remembering which tags are open."""

    def __init__(self, longest: int) -> None:
        super().__init__(convert_charrefs=False)
        self._longest = longest
        self._done: list[str] = []
        self._open: list[tuple[str, str]] = []  # (name, the tag as written)
        self._part: list[str] = []
        self._room = longest

    def parts(self) -> tuple[str, ...]:
        self._turn_page()
        return tuple(self._done)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        written = self.get_starttag_text() or f"<{tag}>"
        self._open.append((tag, written))
        self._part.append(written)

    def handle_endtag(self, tag: str) -> None:
        if self._open and self._open[-1][0] == tag:
            self._open.pop()
        self._part.append(f"</{tag}>")

    def handle_entityref(self, name: str) -> None:
        self._add(f"&{name};", 1)

    def handle_charref(self, name: str) -> None:
        self._add(f"&#{name};", 2)

    def handle_data(self, data: str) -> None:
        for line in data.splitlines(keepends=True):
            size = _units(line)
            if size <= self._longest:
                self._add(line, size)
            else:
                for character in line:
                    self._add(character, _units(character))

    def _add(self, piece: str, size: int) -> None:
        if size > self._room:
            self._turn_page()
        self._part.append(piece)
        self._room -= size

    def _turn_page(self) -> None:
        closing = [f"</{tag}>" for tag, _ in reversed(self._open)]
        page = "".join((*self._part, *closing))
        if without_tags(page).strip():  # Telegram refuses a message of white space
            self._done.append(page)
        self._part = [written for _, written in self._open]
        self._room = self._longest
