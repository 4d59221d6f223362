"""A CSV file of holdings as lines: `coin,amount[,stake]` with or without a header, parted by comma, semicolon or tab.

Law: a row becomes the line somebody could have typed, with the number it has in the file; nothing is skipped but
empty rows and the header.
"""

import csv
from collections.abc import Mapping, Sequence
from io import StringIO

from chatbot.core.errors import Suggestion, UserMistake
from handlers.portfolio.edits import COMMAND
from handlers.portfolio.entries import MOST_ENTRIES, Line

COLUMNS: Mapping[str, frozenset[str]] = {
    "coin": frozenset({"coin", "asset", "symbol", "ticker", "currency", "token"}),
    "amount": frozenset({"amount", "quantity", "qty", "balance", "total", "holding", "size", "coins"}),
    "stake": frozenset({"stake", "staking", "yield", "apr", "apy"}),
}
WITHOUT_HEADER = ("coin", "amount", "stake")


def lines_of_sheet(content: bytes, verb: str) -> tuple[Line, ...]:
    """The rows as lines that begin with `verb`. UserMistake for what is no such table."""
    rows = _rows(_text(content))
    if not rows:
        raise UserMistake("That file is empty. A row looks like ETH,10.")
    columns = _header(rows[0][1])
    body = rows[1:] if columns else rows
    if len(body) > MOST_ENTRIES:
        raise UserMistake(f"That file has {len(body):,} rows; I take at most {MOST_ENTRIES} at once.")
    return tuple(Line(number, _line(cells, columns or WITHOUT_HEADER, number, verb)) for number, cells in body)


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserMistake("That file is not plain text. Save it as CSV (UTF-8) and send it again.") from error


def _rows(text: str) -> list[tuple[int, list[str]]]:
    """Numbered as in the file, without the empty ones."""
    if "\x00" in text:
        raise UserMistake("That file is not plain text. Save it as CSV (UTF-8) and send it again.")
    try:
        numbered = enumerate(csv.reader(StringIO(text), delimiter=_delimiter(text)), start=1)
        stripped = [(number, [cell.strip() for cell in cells]) for number, cells in numbered]
    except csv.Error as error:
        raise UserMistake(f"That file is no table I can read: {error}.") from error
    return [(number, cells) for number, cells in stripped if any(cells)]


def _delimiter(text: str) -> str:
    """The one that the first row has; a semicolon or tab before a comma, which may part thousands or decimals."""
    first = text.lstrip().partition("\n")[0]
    return next((mark for mark in (";", "\t", ",") if mark in first), ",")


def _header(cells: Sequence[str]) -> tuple[str, ...] | None:
    """The columns by name; None where the first row is a row like others."""
    if any(cell[:1].isdecimal() for cell in cells):
        return None
    names = [cell.lower().removeprefix("#") for cell in cells]
    columns = tuple(next((column for column, words in COLUMNS.items() if name in words), "") for name in names)
    if not any(columns):
        return None
    missing = [column for column in ("coin", "amount") if column not in columns]
    if missing:
        raise UserMistake(
            f"The file has no column {' or '.join(missing)}. Its first row may be: coin,amount,stake.",
            [Suggestion("How to write a list", f"/help {COMMAND.removeprefix('/')}")],
        )
    return columns


def _line(cells: Sequence[str], columns: Sequence[str], number: int, verb: str) -> str:
    if len([cell for cell in cells if cell]) < 2:
        return f"{verb} {' '.join(cells)}".rstrip()  # read as a line, it says what is missing
    row = dict(zip(columns, cells, strict=False))
    yielding = _yield(row.get("stake", ""), is_named=columns is not WITHOUT_HEADER)
    beyond = [cell for cell in cells[len(columns) :] if cell]
    return " ".join((verb, row.get("amount", "").replace(" ", ""), row.get("coin", ""), *beyond)) + yielding


def _yield(stake: str, *, is_named: bool) -> str:
    """With a % where it is sure to be a percentage; without one the line will be refused.

    Not sure: 0.07, which may be 7 %, and in a file without a header the last cell of `SOL,1,5`, which may be decimals.
    """
    bare = stake.removesuffix("%").strip()
    if not bare.strip("0."):
        return ""
    is_sure = bare != stake or (is_named and bare[0] in "123456789")
    return f" stake={bare}{'%' if is_sure else ''}"
