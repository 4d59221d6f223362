"""How the numbers along an axis are written. The unit is read from the axis's words: `%`, `$` or USD."""

from collections.abc import Callable

MINUS = "−"
SHORT_FORMS = ((1e12, "t"), (1e9, "bn"), (1e6, "m"))
LARGEST_IN_FULL = 1e6


def tick_format(label: str) -> Callable[[float, float], str]:
    """For an axis with this label: shares (0.5) as percent where it names `%`, money with `$` where it names dollars.

    The second argument is the distance between two ticks: it says how many decimals are needed to tell them apart.
    """
    if "%" in label:
        return _percent
    if "$" in label or "USD" in label:
        return _dollars
    return _plain


def _percent(value: float, step: float) -> str:
    digits = _decimals(step * 100)
    text = f"{abs(value) * 100:,.{digits}f} %"
    return f"{_sign(value, step, plus='+')}{text}"


def _dollars(value: float, step: float) -> str:
    return f"{_sign(value, step)}${_magnitude(value, step)}"


def _plain(value: float, step: float) -> str:
    return f"{_sign(value, step)}{_magnitude(value, step)}"


def _sign(value: float, step: float, plus: str = "") -> str:
    """Nothing on a zero that floating point left a little beside itself."""
    if abs(value) < step / 1000:
        return ""
    return MINUS if value < 0 else plus


def _magnitude(value: float, step: float) -> str:
    size = abs(value)
    for unit, name in SHORT_FORMS:
        if size >= unit and size >= LARGEST_IN_FULL:
            return f"{size / unit:,.{_decimals(step / unit)}f}{name}"
    return f"{size:,.{_decimals(step)}f}"


def _decimals(step: float) -> int:
    """How many decimals two neighbours `step` apart need: 0 for 1 and above, 2 for 0.05."""
    decimals = 0
    while step > 0 and decimals < 10 and abs(round(step, decimals) - step) > step / 1000:
        decimals += 1
    return decimals
