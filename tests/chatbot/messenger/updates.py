"""Updates as Telegram sends them, with what a test changes."""

from typing import Any

Json = dict[str, Any]

ANA, GROUP, ANONYMOUS_ADMINISTRATOR = 7, -1001, 1087968824
NAME = "our_bot"
NAMES = frozenset({"hedge", "portfolio", "start"})


def person(user_id: int = ANA, **changes: Any) -> Json:
    return {"id": user_id, "is_bot": False, "first_name": "f"} | changes


def private(chat_id: int = ANA) -> Json:
    return {"id": chat_id, "type": "private", "first_name": "f"}


def group(chat_id: int = GROUP) -> Json:
    return {"id": chat_id, "type": "supergroup", "title": "g"}


def update(kind: str, content: dict[str, Any], update_id: int = 1) -> Json:
    return {"update_id": update_id, kind: content}


def message(
    text: str = "", kind: str = "message", *, sender: dict[str, Any] | None = None, update_id: int = 1, **changes: Any
) -> Json:
    """Typed in private by ANA, unless changed."""
    words = {"text": text} if text else {}
    base = {"message_id": 50, "date": 1_790_000_000, "chat": private(), "from": sender or person()}
    return update(kind, base | words | changes, update_id)


def press(data: str, **changes: Any) -> Json:
    """On a button of ours in ANA's private chat, unless the `message` is changed."""
    ours = {"message_id": 60, "date": 1_790_000_000, "chat": private(), "text": "answer"}
    content = {"id": "q1", "from": person(), "chat_instance": "c", "data": data, "message": ours}
    return update("callback_query", content | changes)
