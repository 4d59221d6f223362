"""Which addresses Telegram takes as links. Pure."""

from urllib.parse import urlsplit

_SCHEMES = ("http", "https", "ton", "tg", "tonsite")


class LinkError(ValueError):
    """Not a link; the message is the reason Telegram gives."""


def check_link(url: str) -> str:
    """The link with its protocol and path written out. Raises LinkError."""
    address = url.strip()
    if not address:
        raise LinkError("URL must be non-empty")
    if "://" not in address:
        address = "http://" + address
    try:
        parts = urlsplit(address)
    except ValueError as error:
        raise LinkError("Wrong HTTP URL") from error
    if parts.scheme.lower() not in _SCHEMES:
        raise LinkError("Unsupported URL protocol")
    if parts.scheme.lower() in ("http", "https") and not _is_host(parts.hostname or ""):
        raise LinkError("Wrong HTTP URL")
    return address if parts.path or parts.query or parts.fragment else address + "/"


def checked_link(url: str) -> str:
    """The link as `check_link` gives it, empty where it is none."""
    try:
        return check_link(url)
    except LinkError:
        return ""


def _is_host(host: str) -> bool:
    return "." in host.strip(".") and not any(character.isspace() for character in host)
