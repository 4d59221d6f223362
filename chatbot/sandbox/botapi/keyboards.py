"""Inline keyboards: which buttons Telegram takes. Pure."""

from collections.abc import Mapping
from typing import Any

from chatbot.sandbox.botapi.errors import bad_request
from chatbot.sandbox.botapi.links import LinkError, check_link

BUTTONS_A_ROW = 8
BUTTONS = 100
CALLBACK_BYTES = 64
COPY_LENGTH = 256

Keyboard = list[list[dict[str, Any]]]

_STYLES = ("danger", "success", "primary")
_ACTIONS = (
    "url",
    "callback_data",
    "copy_text",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "callback_game",
    "pay",
)


def inline_keyboard(markup: object) -> Keyboard:
    """The rows of a `reply_markup`, without empty ones. Raises ApiError for what a phone could not show.

    Of the markups only the inline keyboard is known here; the others are taken and shown as nothing.
    """
    if markup is None:
        return []
    if not isinstance(markup, Mapping):
        raise bad_request("object expected as reply markup")
    rows = markup.get("inline_keyboard", [])
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request('field "inline_keyboard" must be of type Array of Arrays')
    keyboard = [[_button(button) for button in row] for row in rows if row]
    if sum(map(len, keyboard)) > BUTTONS or any(len(row) > BUTTONS_A_ROW for row in keyboard):
        raise bad_request("REPLY_MARKUP_TOO_LONG")
    return keyboard


def _button(button: object) -> dict[str, Any]:
    if not isinstance(button, Mapping):
        raise bad_request("can't parse inline keyboard button: InlineKeyboardButton must be an Object")
    if not isinstance(button.get("text"), str):
        raise bad_request("can't parse inline keyboard button: Can't find field \"text\"")
    if not button["text"].strip():
        raise bad_request("inline keyboard button text must be non-empty")  # the real one leaves the button out
    if button.get("style", "primary") not in _STYLES:
        raise bad_request("can't parse inline keyboard button: invalid button style specified")
    return {**button, **_action(button)}


def _action(button: Mapping[str, Any]) -> dict[str, Any]:
    actions = [name for name in _ACTIONS if button.get(name) is not None]
    if not actions or button.get("callback_data") == "":
        raise bad_request("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    if len(actions) > 1:  # the real one takes the first and forgets the others; documented as exactly one
        raise bad_request("can't parse inline keyboard button: exactly one of the optional fields must be used")
    check = {"url": _url, "callback_data": _callback_data, "copy_text": _copy_text}.get(actions[0])
    return {actions[0]: check(button[actions[0]]) if check else button[actions[0]]}


def _url(url: object) -> str:
    try:
        return check_link(str(url))
    except LinkError as error:
        raise bad_request(f"inline keyboard button URL '{url}' is invalid: {error}") from error


def _callback_data(data: object) -> str:
    if not isinstance(data, str):
        raise bad_request('can\'t parse inline keyboard button: Field "callback_data" must be of type String')
    if len(data.encode()) > CALLBACK_BYTES:
        raise bad_request("BUTTON_DATA_INVALID")
    return data


def _copy_text(copy: object) -> dict[str, str]:
    text = copy.get("text") if isinstance(copy, Mapping) else None
    if not isinstance(text, str):
        raise bad_request('can\'t parse inline keyboard button: Field "copy_text" must be of type Object')
    if not 1 <= len(text) <= COPY_LENGTH:
        raise bad_request("BUTTON_COPY_TEXT_INVALID")
    return {"text": text}
