"""Who is what in a chat, as the Bot API tells it, and where the bot may write. Pure."""

from collections.abc import Mapping
from typing import Any

from chatbot.sandbox.botapi.errors import ApiError, bad_request, forbidden

Json = dict[str, Any]

ADMINISTRATORS = ("creator", "administrator")
OUTSIDE = ("left", "kicked")
ANONYMOUS: Json = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}

_RIGHTS = (
    "can_be_edited",
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
    "is_anonymous",
)
_PERMISSIONS = (
    "can_send_messages",
    "can_send_audios",
    "can_send_documents",
    "can_send_photos",
    "can_send_videos",
    "can_send_video_notes",
    "can_send_voice_notes",
    "can_send_polls",
    "can_send_other_messages",
    "can_add_web_page_previews",
    "can_change_info",
    "can_invite_users",
    "can_pin_messages",
    "can_manage_topics",
    "can_edit_tag",
    "can_react_to_messages",
)
_OF_STATUS: dict[str, Json] = {
    "creator": {"is_anonymous": False},
    "administrator": dict.fromkeys(_RIGHTS, False) | {"can_manage_chat": True},
    "restricted": dict.fromkeys(_PERMISSIONS, False) | {"is_member": True, "until_date": 0},
    "kicked": {"until_date": 0},
}


def chat_member(user: Json, status: str, details: Mapping[str, Any] | None = None) -> Json:
    """A ChatMember: `creator`, `administrator`, `member`, `restricted`, `left` or `kicked`, with what differs."""
    return {"status": status, "user": user, **_OF_STATUS.get(status, {}), **(details or {})}


def absence(kind: str, status: str) -> ApiError | None:
    """Why a bot of this status sees nothing of a chat of this kind."""
    if status == "kicked":
        return forbidden(f"bot was kicked from the {kind} chat")
    return forbidden(f"bot is not a member of the {kind} chat") if status == "left" else None


def silence(kind: str, status: str, details: Mapping[str, Any]) -> ApiError | None:
    """Why a bot of this status may not write in a chat of this kind."""
    if status in OUTSIDE:
        return absence(kind, status)
    if kind == "channel" and not details.get("can_post_messages"):
        return bad_request("need administrator rights in the channel chat")
    if status == "restricted" and not details.get("can_send_messages"):
        return bad_request("not enough rights to send text messages to the chat")
    return None
