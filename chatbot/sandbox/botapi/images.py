"""The size of a PNG or JPEG, read from its first bytes, and whether Telegram takes it as a photo. Pure."""

import struct

from chatbot.sandbox.botapi.errors import bad_request

PHOTO_BYTES = 10 * 1024 * 1024
SIDES = 10_000  # width and height together
RATIO = 20

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8"
_FRAME_MARKERS = (*range(0xC0, 0xC4), *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0))


def photo_size(content: bytes) -> tuple[int, int]:
    """Width and height in pixels. Raises ApiError where the photo would be refused."""
    if len(content) > PHOTO_BYTES:
        raise bad_request("file is too big")
    width, height = _size(content)
    if width + height > SIDES or max(width, height) > RATIO * min(width, height):
        raise bad_request("PHOTO_INVALID_DIMENSIONS")
    return width, height


def _size(content: bytes) -> tuple[int, int]:
    size = _png_size(content) if content.startswith(_PNG) else _jpeg_size(content)
    if size is None or 0 in size:
        raise bad_request("IMAGE_PROCESS_FAILED")
    return size


def _png_size(content: bytes) -> tuple[int, int] | None:
    if len(content) < 24:
        return None
    width, height = struct.unpack(">II", content[16:24])
    return width, height


def _jpeg_size(content: bytes) -> tuple[int, int] | None:
    at = len(_JPEG) if content.startswith(_JPEG) else len(content)
    while at + 9 <= len(content):
        marker, length = struct.unpack(">xBH", content[at : at + 4])
        if marker in _FRAME_MARKERS:
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            return width, height
        at += 2 + length
    return None
