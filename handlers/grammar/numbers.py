"""Numbers as English writes them: a point before decimals, commas or underscores between thousands.

Law: a comma that could be read in two ways is not read at all.
"""

import re
from decimal import Decimal

# A number with what is joined to it: $20k, 0.5btc, 50%, 1e3.
SIZE = re.compile(
    r"(?P<dollar>\$?)(?P<number>[+−-]?[\d.,_]*\d[\d.,_]*(?:e[+-]?\d+)?)(?P<unit>[^\d.,_]*)", re.IGNORECASE
)
SIGN_FIRST = re.compile(r"(?<!\S)([+−-])\$")  # -$5k is $-5k
BARE = re.compile(r"\d[\d.,_]*[kmb]?", re.IGNORECASE)  # 5000, 100k: dollars whose sign was left out, or something else
_PLAIN = re.compile(
    r"(?=[+-]?\.?\d)[+-]?(?:\d+|[1-9]\d{0,2}(?:,\d{3})+|\d{1,3}(?:_\d{3})+)?(?:\.\d*)?(?:e[+-]?\d{1,3})?", re.IGNORECASE
)
_MARK_BEFORE_ANOTHER = re.compile(r"[.,_](?=.*[.,])")


def parse_number(written: str) -> Decimal | None:
    """None where it is no number, or not one number alone."""
    text = written.replace("−", "-")
    if text.isdecimal():
        return Decimal(text)
    if _PLAIN.fullmatch(text) is None:
        return None
    return Decimal(text.replace(",", "").replace("_", ""))


def readings(written: str) -> tuple[str, ...]:
    """What a number with a comma may mean, in plain writing: 1,5 as 1.5 and 1,500, 1.500,00 as 1500.00.

    Empty where it has no comma; what is offered need not be a number if what was written is none.
    """
    whole, comma, rest = written.partition(",")
    if not comma:
        return ()
    is_short = rest.isdecimal() and len(rest) <= 2 and whole.isdecimal() and whole[0] != "0"
    if is_short:
        return f"{whole}.{rest}", f"{whole},{rest:0<3}"
    return (_MARK_BEFORE_ANOTHER.sub("", written).replace(",", ".").rstrip("."),)
