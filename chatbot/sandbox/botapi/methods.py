"""The methods a bot may call, by name. Each takes the state and the parameters and gives the `result` of the answer."""

from collections.abc import Callable
from typing import Any

from chatbot.sandbox.botapi.chats import Chat, Json
from chatbot.sandbox.botapi.errors import NOT_MODIFIED, OLD_QUERY, bad_request
from chatbot.sandbox.botapi.formatting import FormattedText, caption_text, message_text
from chatbot.sandbox.botapi.images import photo_size
from chatbot.sandbox.botapi.keyboards import inline_keyboard
from chatbot.sandbox.botapi.membership import ADMINISTRATORS, OUTSIDE
from chatbot.sandbox.botapi.parameters import Parameters
from chatbot.sandbox.botapi.state import State, StoredFile, scope_key
from chatbot.sandbox.botapi.webhooks import MOST_CONNECTIONS, webhook

ANSWER_LENGTH = 200
COMMANDS = 100
DOWNLOAD_BYTES = 20 * 1024 * 1024

Method = Callable[[State, Parameters], Any]

_CONTENT = ("text", "entities", "caption", "caption_entities", "photo", "document")
_ACTIONS = (
    "typing",
    "upload_photo",
    "record_video",
    "upload_video",
    "record_voice",
    "upload_voice",
    "upload_document",
    "choose_sticker",
    "find_location",
    "record_video_note",
    "upload_video_note",
)


def _chat(state: State, call: Parameters) -> Chat:
    if not call.text("chat_id"):
        raise bad_request("chat_id is empty")
    try:
        chat = state.chats.get(int(call.text("chat_id")))
    except ValueError:
        chat = None
    if chat is None or not chat.is_known:
        raise bad_request("chat not found")
    return chat


def _open_chat(state: State, call: Parameters) -> Chat:
    chat = _chat(state, call)
    chat.check_open(state.now())
    return chat


def _text(call: Parameters) -> FormattedText:
    return message_text(call.text("text"), call.text("parse_mode"), call.entities("entities"))


def _caption(call: Parameters) -> FormattedText:
    return caption_text(call.text("caption"), call.text("parse_mode"), call.entities("caption_entities"))


def _markup(call: Parameters) -> Json:
    keyboard = inline_keyboard(call.json("reply_markup"))
    return {"reply_markup": {"inline_keyboard": keyboard}} if keyboard else {}


def _answered(call: Parameters, chat: Chat) -> Json | None:
    """The message that is answered."""
    wanted = call.json("reply_parameters") or {}
    message_id = wanted.get("message_id") or call.integer("reply_to_message_id")
    message = chat.message(int(message_id)) if message_id else None
    if message_id and message is None and not wanted.get("allow_sending_without_reply"):
        raise bad_request("message to be replied not found")
    return message


def _place(call: Parameters, chat: Chat) -> Json:
    """The topic and what is answered there."""
    thread_id, answered = call.integer("message_thread_id"), _answered(call, chat)
    place = chat.place(thread_id, answered)
    chat.check_thread(place["message_thread_id"] if place.get("is_topic_message") else thread_id)
    return place


def _send(state: State, call: Parameters, content: Callable[[], Json]) -> Json:
    chat = _open_chat(state, call)
    message = {**_place(call, chat), **content(), **_markup(call)}
    state.flood.take(chat.id, state.now())
    return state.post(chat, state.bot, message)


def send_message(state: State, call: Parameters) -> Json:
    """A text."""
    return _send(state, call, lambda: _text(call).json())


def send_photo(state: State, call: Parameters) -> Json:
    """A picture with a caption."""
    return _send(state, call, lambda: {**_photo(state, call, "photo"), **_caption(call).json("caption_")})


def send_document(state: State, call: Parameters) -> Json:
    """A file with a caption."""
    return _send(state, call, lambda: {**_document(state, call, "document"), **_caption(call).json("caption_")})


def _photo(state: State, call: Parameters, name: str) -> Json:
    file = _file(state, call, name)
    width, height = photo_size(file.content)
    return {"photo": [{**file.json(), "width": width, "height": height}]}


def _document(state: State, call: Parameters, name: str) -> Json:
    file = _file(state, call, name)
    return {"document": {**file.json(), "file_name": file.name, "mime_type": file.mime_type}}


def _file(state: State, call: Parameters, name: str) -> StoredFile:
    upload = call.upload(name)
    if upload is not None:
        if not upload.content:
            raise bad_request("file must be non-empty")
        return state.store(upload.name, upload.content, upload.mime_type)
    if not call.text(name):
        raise bad_request(f"there is no {name} in the request")
    file = state.file(call.text(name))
    if file is None:  # addresses are not fetched: there is no network here
        raise bad_request("wrong remote file identifier specified")
    return file


def _message_to_edit(state: State, call: Parameters, chat: Chat) -> Json:
    message = chat.message(call.integer("message_id"))
    if message is None:
        raise bad_request("message to edit not found")
    if chat.author(message["message_id"]) != state.bot["id"]:
        raise bad_request("message can't be edited")
    return message


def _edit(state: State, call: Parameters, content: Callable[[Json], Json]) -> Json:
    """Put new content and keyboard in place of the old; a keyboard that is not given is taken away."""
    chat = _open_chat(state, call)
    old = _message_to_edit(state, call, chat)
    frame = {name: value for name, value in old.items() if name not in (*_CONTENT, "reply_markup")}
    new = {**frame, **content(old), **_markup(call)}
    if new == old:
        raise bad_request(NOT_MODIFIED)
    if any(new.get(name) != old.get(name) for name in _CONTENT):
        new["edit_date"] = state.timestamp()
    state.flood.take(chat.id, state.now())
    chat.show(new)
    return new


def _kept(message: Json, *names: str) -> Json:
    return {name: message[name] for name in names if name in message}


def edit_message_text(state: State, call: Parameters) -> Json:
    """Another text in the same message."""

    def content(old: Json) -> Json:
        if "text" not in old:
            raise bad_request("there is no text in the message to edit")
        return _text(call).json()

    return _edit(state, call, content)


def edit_message_caption(state: State, call: Parameters) -> Json:
    """Another caption under the same picture or file."""

    def content(old: Json) -> Json:
        if "text" in old:
            raise bad_request("there is no caption in the message to edit")
        return {**_kept(old, "photo", "document"), **_caption(call).json("caption_")}

    return _edit(state, call, content)


def edit_message_reply_markup(state: State, call: Parameters) -> Json:
    """Another keyboard under the same content."""
    return _edit(state, call, lambda old: _kept(old, *_CONTENT))


def edit_message_media(state: State, call: Parameters) -> Json:
    """Another picture or file, or one in place of a text."""
    media = call.json("media")
    if not isinstance(media, dict) or media.get("type") not in ("photo", "document"):
        raise bad_request("wrong type of media specified")
    inner = Parameters(media, call.uploads)
    make = _photo if media["type"] == "photo" else _document
    return _edit(state, call, lambda _: {**make(state, inner, "media"), **_caption(inner).json("caption_")})


def delete_message(state: State, call: Parameters) -> bool:
    """Take a message away, on both sides."""
    if not _open_chat(state, call).remove(call.integer("message_id")):
        raise bad_request("message to delete not found")
    return True


def delete_messages(state: State, call: Parameters) -> bool:
    """Take several away; those that are not found are skipped."""
    chat = _open_chat(state, call)
    for message_id in call.json("message_ids") or ():
        chat.remove(int(message_id))
    return True


def send_chat_action(state: State, call: Parameters) -> bool:
    """`typing` and the like: shown for five seconds."""
    chat = _open_chat(state, call)
    if call.text("action") not in _ACTIONS:
        raise bad_request("wrong parameter action in request")
    chat.check_thread(call.integer("message_thread_id"))
    chat.announce({"event": "action", "action": call.text("action")})
    return True


def answer_callback_query(state: State, call: Parameters) -> bool:
    """End the spinner on a pressed button, with a short text or without."""
    answer = state.query(call.text("callback_query_id"))
    if answer is None:
        raise bad_request(OLD_QUERY)
    if len(call.text("text")) > ANSWER_LENGTH:
        raise bad_request("MESSAGE_TOO_LONG")
    if not answer.done():
        answer.set_result({"text": call.text("text"), "show_alert": call.switch("show_alert"), "url": call.text("url")})
    return True


def get_file(state: State, call: Parameters) -> Json:
    """Where a file can be downloaded from."""
    file = state.file(call.text("file_id"))
    if file is None:
        raise bad_request("invalid file_id")
    if len(file.content) > DOWNLOAD_BYTES:
        raise bad_request("file is too big")
    return {**file.json(), "file_path": file.path}


def get_chat(state: State, call: Parameters) -> Json:
    """What is known of a chat."""
    return {
        **_visible_chat(state, call).profile,
        "accent_color_id": 0,
        "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys(
            ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels"), False
        ),
    }


def _visible_chat(state: State, call: Parameters) -> Chat:
    chat = _chat(state, call)
    chat.check_readable()
    return chat


def get_chat_member(state: State, call: Parameters) -> Json:
    """One member of a chat with his status."""
    chat, user_id = _visible_chat(state, call), call.integer("user_id")
    if user_id not in (*chat.members, *state.people, state.bot["id"]):
        raise bad_request("user not found")
    return state.member(chat, user_id)


def get_chat_administrators(state: State, call: Parameters) -> list[Json]:
    """The administrators of a group or channel, without other bots."""
    chat = _visible_chat(state, call)
    if chat.is_private:
        raise bad_request("there are no administrators in the private chat")
    return [state.member(chat, user_id) for user_id, status in chat.members.items() if status in ADMINISTRATORS]


def get_chat_member_count(state: State, call: Parameters) -> int:
    """How many are in a chat, the bot included."""
    chat = _visible_chat(state, call)
    return 2 if chat.is_private else sum(status not in OUTSIDE for status in chat.members.values())


def leave_chat(state: State, call: Parameters) -> bool:
    """The bot goes."""
    chat = _visible_chat(state, call)
    if chat.is_private:
        raise bad_request("chat member status can't be changed in private chats")
    chat.members[state.bot["id"]] = "left"
    return True


def set_my_commands(state: State, call: Parameters) -> bool:
    """The list of commands for a scope and a language."""
    commands = call.json("commands") or []
    if len(commands) > COMMANDS:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    for command in commands:
        _check_command(command)
    state.commands[scope_key(call.json("scope")), call.text("language_code")] = commands
    _tell_phones(state)
    return True


def _check_command(command: Json) -> None:
    name, description = command.get("command", "").removeprefix("/"), command.get("description", "")
    if not 1 <= len(name) <= 32 or not all(c in "abcdefghijklmnopqrstuvwxyz0123456789_" for c in name):
        raise bad_request("BOT_COMMAND_INVALID")
    if not 1 <= len(description) <= 256:
        raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")


def get_my_commands(state: State, call: Parameters) -> list[Json]:
    """The list set for exactly this scope and language."""
    return state.commands.get((scope_key(call.json("scope")), call.text("language_code")), [])


def delete_my_commands(state: State, call: Parameters) -> bool:
    """Forget the list of a scope and a language."""
    state.commands.pop((scope_key(call.json("scope")), call.text("language_code")), None)
    _tell_phones(state)
    return True


def _tell_phones(state: State) -> None:
    """What the bot says of itself has changed."""
    for chat in state.chats.values():
        chat.announce({"event": "about"})


def _setter(name: str, limit: int) -> Method:
    def set_text(state: State, call: Parameters) -> bool:
        if len(call.text(name)) > limit:
            raise bad_request(f"{name} is too long")
        state.texts[name, call.text("language_code")] = call.text(name)
        _tell_phones(state)
        return True

    return set_text


def _getter(name: str) -> Method:
    def get_text(state: State, call: Parameters) -> Json:
        default = state.bot["first_name"] if name == "name" else ""
        return {name: state.texts.get((name, call.text("language_code")), default)}

    return get_text


def set_webhook(state: State, call: Parameters) -> bool:
    """Updates are brought to this address from now on; an empty one takes it away."""
    wanted = webhook(call.text("url"), call.text("secret_token"), call.integer("max_connections", MOST_CONNECTIONS))
    if call.json("allowed_updates") is not None:
        state.updates.allow(call.json("allowed_updates"))
    if call.switch("drop_pending_updates"):
        state.updates.drop()
    state.webhooks.set(wanted)
    return True


def delete_webhook(state: State, call: Parameters) -> bool:
    """Back to long polling; may drop what is pending."""
    if call.switch("drop_pending_updates"):
        state.updates.drop()
    state.webhooks.set(None)
    return True


def get_webhook_info(state: State, _: Parameters) -> Json:
    """The address, how many updates wait, and what went wrong last."""
    allowed = state.updates.allowed
    return {
        **state.webhooks.info(),
        "pending_update_count": len(state.updates),
        **({"allowed_updates": allowed} if allowed else {}),
    }


_BY_NAME: dict[str, Method] = {
    "getMe": lambda state, _: state.me(),
    "setWebhook": set_webhook,
    "deleteWebhook": delete_webhook,
    "getWebhookInfo": get_webhook_info,
    "sendMessage": send_message,
    "sendPhoto": send_photo,
    "sendDocument": send_document,
    "sendChatAction": send_chat_action,
    "editMessageText": edit_message_text,
    "editMessageCaption": edit_message_caption,
    "editMessageReplyMarkup": edit_message_reply_markup,
    "editMessageMedia": edit_message_media,
    "deleteMessage": delete_message,
    "deleteMessages": delete_messages,
    "answerCallbackQuery": answer_callback_query,
    "getFile": get_file,
    "getChat": get_chat,
    "getChatMember": get_chat_member,
    "getChatAdministrators": get_chat_administrators,
    "getChatMemberCount": get_chat_member_count,
    "leaveChat": leave_chat,
    "setMyCommands": set_my_commands,
    "getMyCommands": get_my_commands,
    "deleteMyCommands": delete_my_commands,
    "setMyName": _setter("name", 64),
    "getMyName": _getter("name"),
    "setMyDescription": _setter("description", 512),
    "getMyDescription": _getter("description"),
    "setMyShortDescription": _setter("short_description", 120),
    "getMyShortDescription": _getter("short_description"),
    "setChatMenuButton": lambda _, __: True,
    "getChatMenuButton": lambda _, __: {"type": "commands"},
}
METHODS = {name.lower(): method for name, method in _BY_NAME.items()}
NAMES = {name.lower(): name for name in _BY_NAME}
SENDING = frozenset(name for name in METHODS if name.startswith(("send", "edit")) and name != "sendchataction")
RECORDED = SENDING | {"deletemessage", "deletemessages", "answercallbackquery"}
