"""The local Bot API server, asked over HTTP as a bot would: what it answers and what it refuses."""

import asyncio
import json
import struct
from datetime import timedelta

import aiohttp
import pytest

from chatbot.sandbox.botapi import USER, BotApi
from tests.chatbot.sandbox.conftest import TOKEN, Call, Client, Clock, Json

GROUP = -100
SUPERGROUP = -1_002_000_000_000


@pytest.fixture
async def opened(api: BotApi) -> None:
    """The person has written, so the bot may."""
    await api.say("/start")


def png(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + struct.pack(">II", width, height)


def keyboard(*rows: list[Json]) -> Json:
    return {"inline_keyboard": list(rows)}


def press_button(data: str = "a") -> Json:
    return {"text": "Press", "callback_data": data}


# who asks


async def test_a_bot_learns_who_it_is(call: Call) -> None:
    me = (await call("getMe"))["result"]
    assert (me["id"], me["is_bot"], me["username"]) == (42, True, "sandbox_bot")


async def test_a_wrong_token_is_unauthorized(client: Client) -> None:
    for path in ("/bot43:x/getMe", "/file/bot43:x/documents/a/b"):
        response = await client.get(path)
        assert await response.json() == {"ok": False, "error_code": 401, "description": "Unauthorized"}


async def test_an_unknown_method_is_not_found(call: Call) -> None:
    assert await call("sendHope") == {"ok": False, "error_code": 404, "description": "Not Found"}


async def test_method_names_are_read_in_any_case(call: Call) -> None:
    assert (await call("GETME"))["ok"]


@pytest.mark.usefixtures("opened")
async def test_parameters_come_by_query_form_json_or_multipart(client: Client, api: BotApi) -> None:
    url, form = f"/bot{TOKEN}/sendMessage", {"chat_id": str(USER), "text": "x"}
    multipart = aiohttp.FormData(form, default_to_multipart=True)
    for arguments in ({"params": form}, {"data": form}, {"json": {"chat_id": USER, "text": "x"}}, {"data": multipart}):
        assert (await client.post(url, **arguments)).status == 200
    assert [message["text"] for message in api.messages()] == ["/start", "x", "x", "x", "x"]


async def test_a_body_that_is_no_json_is_refused(client: Client) -> None:
    response = await client.post(f"/bot{TOKEN}/getMe", data=b"{", headers={"Content-Type": "application/json"})
    assert (await response.json())["description"] == "Bad Request: can't parse request JSON object"


# updates


async def test_a_message_reaches_the_bot_as_an_update(api: BotApi, call: Call) -> None:
    await api.say("/start abc")
    (update,) = (await call("getUpdates"))["result"]
    assert update["message"]["text"] == "/start abc"
    assert update["message"]["entities"] == [{"type": "bot_command", "offset": 0, "length": 6}]
    assert update["message"]["chat"] == {"id": USER, "type": "private", "first_name": "Trader"}
    assert update["message"]["from"]["id"] == USER
    assert update["message"]["date"] == 1767225600  # 2026-01-01 00:00 UTC


async def test_an_update_stays_until_a_later_offset_confirms_it(api: BotApi, call: Call) -> None:
    await api.say("one")
    await api.say("two")
    first, second = (await call("getUpdates"))["result"]
    assert second["update_id"] == first["update_id"] + 1
    assert (await call("getUpdates", offset=second["update_id"]))["result"] == [second]
    assert (await call("getUpdates", offset=second["update_id"] + 1))["result"] == []


async def test_a_negative_offset_keeps_only_the_newest(api: BotApi, call: Call) -> None:
    for text in "abc":
        await api.say(text)
    (update,) = (await call("getUpdates", offset=-1))["result"]
    assert update["message"]["text"] == "c"
    assert (await call("getUpdates", offset=-5))["result"] == [update]


async def test_a_waiting_poll_wakes_at_once(api: BotApi, call: Call) -> None:
    poll = asyncio.ensure_future(call("getUpdates", timeout=20))
    await asyncio.sleep(0.05)
    assert not poll.done()
    await api.say("hello")
    async with asyncio.timeout(1):
        assert (await poll)["result"][0]["message"]["text"] == "hello"


async def test_a_poll_without_news_ends_empty(call: Call) -> None:
    assert (await call("getUpdates", timeout=1))["result"] == []


async def test_a_second_poller_ends_the_first_with_a_conflict(call: Call) -> None:
    first = asyncio.ensure_future(call("getUpdates", timeout=20))
    await asyncio.sleep(0.05)
    await call("getUpdates")
    refused = await first
    assert refused["error_code"] == 409
    assert refused["description"].startswith("Conflict: terminated by other getUpdates request")


async def test_only_the_wanted_kinds_of_updates_come(api: BotApi, call: Call) -> None:
    await call("getUpdates", allowed_updates=["callback_query"])
    await api.say("not wanted")
    assert (await call("getUpdates"))["result"] == []
    await call("getUpdates", allowed_updates=[])  # the default again
    await api.say("wanted")
    assert len((await call("getUpdates"))["result"]) == 1


async def test_pending_updates_can_be_dropped(api: BotApi, call: Call) -> None:
    await api.say("x")
    assert (await call("getWebhookInfo"))["result"]["pending_update_count"] == 1
    await call("deleteWebhook", drop_pending_updates=True)
    assert (await call("getUpdates"))["result"] == []


async def test_the_newest_update_can_come_twice(api: BotApi, call: Call) -> None:
    await api.say("x")
    (update,) = (await call("getUpdates"))["result"]
    api.repeat_last_update()
    assert (await call("getUpdates", offset=update["update_id"] + 1))["result"] == [update]
    assert (await call("getUpdates", offset=update["update_id"] + 1))["result"] == []


# messages


@pytest.mark.usefixtures("opened")
async def test_a_text_is_shown_with_its_entities_and_buttons(api: BotApi, call: Call) -> None:
    sent = await call(
        "sendMessage", chat_id=USER, text="<b>Hi</b>", parse_mode="HTML", reply_markup=keyboard([press_button()])
    )
    shown = api.messages()[-1]
    assert sent["result"] == shown
    assert (shown["text"], shown["entities"]) == ("Hi", [{"type": "bold", "offset": 0, "length": 2}])
    assert shown["reply_markup"] == keyboard([press_button()])
    assert shown["from"]["is_bot"]


@pytest.mark.usefixtures("opened")
@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ({"text": ""}, "message text is empty"),
        (
            {"text": "<b>x", "parse_mode": "HTML"},
            "can't parse entities: Can't find end tag corresponding to start tag \"b\"",
        ),
        ({"text": "1 < 2", "parse_mode": "html"}, 'can\'t parse entities: Unsupported start tag "" at byte offset 2'),
        ({"text": "x" * 4097}, "message is too long"),
        ({"text": "x", "reply_markup": "{"}, "can't parse reply_markup JSON object"),
        ({"text": "x", "reply_markup": keyboard([press_button("x" * 65)])}, "BUTTON_DATA_INVALID"),
        ({"text": "x", "reply_markup": keyboard([press_button("я" * 33)])}, "BUTTON_DATA_INVALID"),  # 66 bytes
        (
            {"text": "x", "reply_markup": keyboard([{"text": "x"}])},
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
        ),
        (
            {"text": "x", "reply_markup": keyboard([press_button() | {"url": "a.com"}])},
            "can't parse inline keyboard button: exactly one of the optional fields must be used",
        ),
        (
            {"text": "x", "reply_markup": keyboard([{"text": "x", "url": "nowhere"}])},
            "inline keyboard button URL 'nowhere' is invalid: Wrong HTTP URL",
        ),
        (
            {"text": "x", "reply_markup": keyboard([{"text": "x", "url": "ftp://a.com"}])},
            "inline keyboard button URL 'ftp://a.com' is invalid: Unsupported URL protocol",
        ),
        (
            {"text": "x", "reply_markup": keyboard([{"text": "x", "copy_text": {"text": "x" * 257}}])},
            "BUTTON_COPY_TEXT_INVALID",
        ),
        ({"text": "x", "reply_markup": keyboard([press_button()] * 9)}, "REPLY_MARKUP_TOO_LONG"),
        ({"text": "x", "reply_markup": keyboard(*[[press_button()]] * 101)}, "REPLY_MARKUP_TOO_LONG"),
        ({"text": "x", "reply_parameters": {"message_id": 999}}, "message to be replied not found"),
        ({"text": "x", "chat_id": ""}, "chat_id is empty"),
        ({"text": "x", "chat_id": 7}, "chat not found"),
        ({"text": "x", "chat_id": "@nobody"}, "chat not found"),
    ],
)
async def test_a_text_that_no_phone_could_show_is_refused(call: Call, parameters: Json, reason: str) -> None:
    answer = await call("sendMessage", **({"chat_id": USER} | parameters))
    assert (answer["error_code"], answer["description"]) == (400, f"Bad Request: {reason}")


@pytest.mark.usefixtures("opened")
async def test_callback_data_may_have_64_bytes_and_a_text_to_copy_256(call: Call) -> None:
    rows = keyboard([press_button("x" * 64)], [{"text": "Copy", "copy_text": {"text": "x" * 256}}])
    assert (await call("sendMessage", chat_id=USER, text="x", reply_markup=rows))["ok"]


@pytest.mark.usefixtures("opened")
async def test_an_answer_shows_what_it_answers_and_a_topic_is_ignored_where_there_is_none(
    api: BotApi, call: Call
) -> None:
    start = {"message_id": api.messages()[0]["message_id"]}
    await call("sendMessage", chat_id=USER, text="x", message_thread_id=5, reply_parameters=start)
    assert api.messages()[-1]["reply_to_message"]["text"] == "/start"
    assert "message_thread_id" not in api.messages()[-1]
    optional = {"message_id": 999, "allow_sending_without_reply": True}
    assert (await call("sendMessage", chat_id=USER, text="x", reply_parameters=optional))["ok"]


async def test_a_bot_cannot_write_first(api: BotApi, call: Call) -> None:
    assert api.messages() == ()
    assert (await call("sendMessage", chat_id=USER, text="x"))["description"] == "Bad Request: chat not found"


async def test_every_person_has_a_private_chat(api: BotApi, call: Call) -> None:
    for user_id in (5, 6):
        await api.say("hello", user_id=user_id)
        await call("sendMessage", chat_id=user_id, text=f"for {user_id}")
    assert [message["text"] for message in api.messages(5)] == ["hello", "for 5"]
    assert [message["text"] for message in api.messages(6)] == ["hello", "for 6"]


# edits


@pytest.mark.usefixtures("opened")
async def test_an_edit_changes_the_message_in_its_place(api: BotApi, call: Call, clock: Clock) -> None:
    sent = (await call("sendMessage", chat_id=USER, text="one", reply_markup=keyboard([press_button()])))["result"]
    clock.time += timedelta(seconds=5)
    edited = (await call("editMessageText", chat_id=USER, message_id=sent["message_id"], text="two"))["result"]
    assert api.messages()[-1] == edited
    assert (edited["text"], edited["edit_date"] - edited["date"]) == ("two", 5)
    assert "reply_markup" not in edited  # an edit without a keyboard takes the old one away


@pytest.mark.usefixtures("opened")
async def test_an_edit_that_changes_nothing_is_refused(call: Call) -> None:
    same = {"chat_id": USER, "text": "<b>x</b>", "parse_mode": "HTML", "reply_markup": keyboard([press_button()])}
    message_id = (await call("sendMessage", **same))["result"]["message_id"]
    for _ in range(2):
        answer = await call("editMessageText", message_id=message_id, **same)
        assert answer["description"] == (
            "Bad Request: message is not modified: specified new message content and reply markup are exactly the same"
            " as a current content and reply markup of the message"
        )
        await call("editMessageText", message_id=message_id, **same | {"text": "y"})
        await call("editMessageText", message_id=message_id, **same)


@pytest.mark.usefixtures("opened")
async def test_a_keyboard_can_be_changed_alone(call: Call) -> None:
    message_id = (await call("sendMessage", chat_id=USER, text="x"))["result"]["message_id"]
    rows = keyboard([press_button()])
    edited = (await call("editMessageReplyMarkup", chat_id=USER, message_id=message_id, reply_markup=rows))["result"]
    assert (edited["text"], edited["reply_markup"]) == ("x", rows)
    assert "edit_date" not in edited


@pytest.mark.usefixtures("opened")
async def test_only_own_messages_of_the_right_kind_can_be_edited(api: BotApi, call: Call) -> None:
    start_id = api.messages()[0]["message_id"]
    text_id = (await call("sendMessage", chat_id=USER, text="x"))["result"]["message_id"]
    refusals = [
        (await call("editMessageText", chat_id=USER, message_id=start_id, text="x"))["description"],
        (await call("editMessageText", chat_id=USER, message_id=99, text="x"))["description"],
        (await call("editMessageCaption", chat_id=USER, message_id=text_id, caption="x"))["description"],
    ]
    assert refusals == [
        "Bad Request: message can't be edited",
        "Bad Request: message to edit not found",
        "Bad Request: there is no caption in the message to edit",
    ]


@pytest.mark.usefixtures("opened")
async def test_a_deleted_message_is_gone(api: BotApi, call: Call) -> None:
    message_id = (await call("sendMessage", chat_id=USER, text="x"))["result"]["message_id"]
    assert (await call("deleteMessage", chat_id=USER, message_id=message_id))["result"] is True
    assert [message["text"] for message in api.messages()] == ["/start"]
    again = await call("deleteMessage", chat_id=USER, message_id=message_id)
    assert again["description"] == "Bad Request: message to delete not found"


async def test_a_person_can_edit_an_own_message(api: BotApi, call: Call) -> None:
    message = await api.say("/hedge 1 ETH")
    await api.edit(message["message_id"], "/hedge 2 ETH")
    update = (await call("getUpdates"))["result"][-1]
    assert update["edited_message"]["text"] == "/hedge 2 ETH"
    assert update["edited_message"]["message_id"] == message["message_id"]
    assert "edit_date" in update["edited_message"]


# presses


@pytest.mark.usefixtures("opened")
async def test_a_press_reaches_the_bot_and_its_answer_the_phone(api: BotApi, call: Call) -> None:
    message_id = (await call("sendMessage", chat_id=USER, text="x", reply_markup=keyboard([press_button("yes")])))[
        "result"
    ]["message_id"]
    query = await api.press(message_id, "yes")
    update = (await call("getUpdates"))["result"][-1]["callback_query"]
    assert (update["id"], update["data"], update["from"]["id"]) == (query["id"], "yes", USER)
    assert update["message"]["message_id"] == message_id
    await call("answerCallbackQuery", callback_query_id=query["id"], text="Saved", show_alert=True)
    assert await api.answer(query["id"]) == {"text": "Saved", "show_alert": True, "url": ""}


@pytest.mark.usefixtures("opened")
async def test_a_button_that_is_not_there_cannot_be_pressed(api: BotApi) -> None:
    with pytest.raises(ValueError, match="has no button"):
        await api.press(1, "yes")


async def test_an_unknown_press_cannot_be_answered_and_an_answer_has_200_characters(api: BotApi, call: Call) -> None:
    answer = await call("answerCallbackQuery", callback_query_id="1")
    assert answer["description"].startswith("Bad Request: query is too old")
    query_id = api.state.new_query()
    answer = await call("answerCallbackQuery", callback_query_id=query_id, text="x" * 201)
    assert answer["description"] == "Bad Request: MESSAGE_TOO_LONG"


# pictures and files


def form_with(field: str, content: bytes, **values: str) -> aiohttp.FormData:
    form = aiohttp.FormData({"chat_id": str(USER), **values})
    form.add_field(field, content, filename="chart.png", content_type="image/png")
    return form


@pytest.mark.usefixtures("opened")
async def test_a_picture_is_shown_with_its_size_and_can_be_downloaded(api: BotApi, client: Client, call: Call) -> None:
    form = form_with("photo", png(800, 600), caption="<i>Payoff</i>", parse_mode="HTML")
    response = await client.post(f"/bot{TOKEN}/sendPhoto", data=form)
    message = (await response.json())["result"]
    (photo,) = message["photo"]
    assert (photo["width"], photo["height"], message["caption"]) == (800, 600, "Payoff")
    assert message["caption_entities"] == [{"type": "italic", "offset": 0, "length": 6}]
    path = (await call("getFile", file_id=photo["file_id"]))["result"]["file_path"]
    download = await client.get(f"/file/bot{TOKEN}/{path}")
    assert (await download.read(), download.content_type) == (png(800, 600), "image/png")


@pytest.mark.usefixtures("opened")
@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (png(6000, 4001), "PHOTO_INVALID_DIMENSIONS"),  # 10,001 together
        (png(2100, 100), "PHOTO_INVALID_DIMENSIONS"),  # 21 times as wide as high
        (b"not a picture", "IMAGE_PROCESS_FAILED"),
        (b"", "file must be non-empty"),
    ],
)
async def test_a_picture_that_telegram_would_not_take_is_refused(client: Client, content: bytes, reason: str) -> None:
    response = await client.post(f"/bot{TOKEN}/sendPhoto", data=form_with("photo", content))
    assert (await response.json())["description"] == f"Bad Request: {reason}"


@pytest.mark.usefixtures("opened")
async def test_a_jpeg_is_measured_behind_its_other_segments(client: Client) -> None:
    jpeg = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x0b\x08" + struct.pack(">HH", 300, 400) + b"\x01\x01\x11\x00"
    response = await client.post(f"/bot{TOKEN}/sendPhoto", data=form_with("photo", jpeg))
    (photo,) = (await response.json())["result"]["photo"]
    assert (photo["width"], photo["height"]) == (400, 300)


@pytest.mark.usefixtures("opened")
async def test_a_caption_and_a_picture_can_be_changed(client: Client, call: Call, api: BotApi) -> None:
    response = await client.post(f"/bot{TOKEN}/sendPhoto", data=form_with("photo", png(8, 6), caption="one"))
    message_id = (await response.json())["result"]["message_id"]
    edited = (await call("editMessageCaption", chat_id=USER, message_id=message_id, caption="two"))["result"]
    assert (edited["caption"], edited["photo"][0]["width"]) == ("two", 8)
    media = json.dumps({"type": "photo", "media": "attach://new", "caption": "three"})
    form = form_with("new", png(80, 60), media=media, message_id=str(message_id))
    response = await client.post(f"/bot{TOKEN}/editMessageMedia", data=form)
    assert api.messages()[-1]["photo"][0]["width"] == 80
    assert (await response.json())["result"]["caption"] == "three"
    answer = await call("editMessageText", chat_id=USER, message_id=message_id, text="x")
    assert answer["description"] == "Bad Request: there is no text in the message to edit"


@pytest.mark.usefixtures("opened")
async def test_a_document_keeps_its_name_and_can_be_sent_again_by_its_number(client: Client, call: Call) -> None:
    response = await client.post(f"/bot{TOKEN}/sendDocument", data=form_with("document", b"a,b"))
    document = (await response.json())["result"]["document"]
    assert (document["file_name"], document["file_size"]) == ("chart.png", 3)
    again = await call("sendDocument", chat_id=USER, document=document["file_id"])
    assert again["result"]["document"] == document
    unknown = await call("sendDocument", chat_id=USER, document="https://a.com/b.pdf")
    assert unknown["description"] == "Bad Request: wrong remote file identifier specified"


async def test_a_file_of_a_person_reaches_the_bot(api: BotApi, call: Call, client: Client) -> None:
    await api.upload("holdings.csv", b"ETH,10", caption="mine")
    message = (await call("getUpdates"))["result"][0]["message"]
    assert (message["document"]["file_name"], message["document"]["mime_type"]) == ("holdings.csv", "text/csv")
    assert message["caption"] == "mine"
    path = (await call("getFile", file_id=message["document"]["file_id"]))["result"]["file_path"]
    assert await (await client.get(f"/file/bot{TOKEN}/{path}")).read() == b"ETH,10"


# the page's side


@pytest.mark.parametrize(
    ("text", "lengths"),
    [
        ("x" * 10_000, [4096, 4096, 1808]),
        ("x" * 3000 + "\n" + "y" * 3000, [3000, 3000]),  # cut at the line break
        ("🚀" * 2049, [2048, 1]),  # two units each
        ("\n" * 5000, []),
    ],
)
async def test_a_long_text_arrives_in_parts_as_from_a_phone(
    api: BotApi, client: Client, text: str, lengths: list[int]
) -> None:
    assert (await client.post("/chat/say", json={"text": text})).status == 200
    assert [len(message["text"]) for message in api.messages()] == lengths


async def test_another_site_in_the_browser_cannot_act_for_the_person(client: Client, api: BotApi) -> None:
    for path in ("/chat/say", "/chat/press", "/chat/edit", "/chat/upload", "/chat/open", "/chat/do"):
        assert (await client.post(path, data={"text": "x"})).status == 415
    assert api.messages() == ()


async def test_what_a_phone_does_not_allow_is_refused_in_words(client: Client) -> None:
    response = await client.post("/chat/edit", json={"message_id": 99, "text": "x"})
    assert (response.status, await response.text()) == (400, "no own text of that number to edit")


async def test_the_page_takes_nothing_from_outside(client: Client) -> None:
    for path in ("/", "/page.css", "/page.js", "/messages.js"):
        response = await client.get(path)
        assert response.headers["Content-Security-Policy"].startswith("default-src 'self';")
        assert "http://" not in await response.text()


async def test_the_page_is_first_told_all_and_then_each_change(client: Client, api: BotApi) -> None:
    await api.say("before")
    async with client.get("/chat/events") as response:
        snapshot = json.loads((await response.content.readuntil(b"\n\n")).removeprefix(b"data: "))
        assert [message["text"] for message in snapshot["chats"][0]["messages"]] == ["before"]
        assert snapshot["notice"] == "Simulated exchanges"
        await api.say("after")
        change = json.loads((await response.content.readuntil(b"\n\n")).removeprefix(b"data: "))
        assert (change["event"], change["message"]["text"]) == ("message", "after")


# groups


async def test_in_a_group_the_bot_hears_what_is_meant_for_it(api: BotApi, call: Call) -> None:
    api.add_group(SUPERGROUP, members=(5,))
    sent = (await call("sendMessage", chat_id=SUPERGROUP, text="hello"))["result"]
    await api.say("just talking", chat_id=SUPERGROUP, user_id=5)
    await api.say("/hedge ETH", chat_id=SUPERGROUP, user_id=5)
    await api.say("/hedge@other_bot ETH", chat_id=SUPERGROUP, user_id=5)
    await api.say("/hedge@sandbox_bot BTC", chat_id=SUPERGROUP, user_id=5)
    await api.say("thanks", chat_id=SUPERGROUP, user_id=5, reply_to=sent["message_id"])
    messages = [u["message"] for u in (await call("getUpdates"))["result"] if "message" in u]
    heard = [message["text"] for message in messages if "text" in message]
    assert heard == ["/hedge ETH", "/hedge@sandbox_bot BTC", "thanks"]


async def test_as_administrator_of_a_group_the_bot_hears_all(api: BotApi, call: Call) -> None:
    api.add_group(GROUP, members=(5,))
    api.promote_bot(GROUP)
    await api.say("just talking", chat_id=GROUP, user_id=5)
    joined, service, promoted, talk = (await call("getUpdates"))["result"]
    assert joined["my_chat_member"]["new_chat_member"]["status"] == "member"
    assert service["message"]["new_chat_members"][0]["id"] == 42
    assert promoted["my_chat_member"]["new_chat_member"]["status"] == "administrator"
    assert talk["message"]["chat"] == {"id": GROUP, "type": "group", "title": "Group"}


async def test_members_and_administrators_of_a_group_are_known(api: BotApi, call: Call) -> None:
    api.add_group(SUPERGROUP, administrators=(5,), members=(6,))
    statuses = [
        (await call("getChatMember", chat_id=SUPERGROUP, user_id=user_id))["result"]["status"] for user_id in (5, 6, 42)
    ]
    assert statuses == ["administrator", "member", "member"]
    administrators = (await call("getChatAdministrators", chat_id=SUPERGROUP))["result"]
    assert [administrator["user"]["id"] for administrator in administrators] == [5]
    assert (await call("getChat", chat_id=SUPERGROUP))["result"]["type"] == "supergroup"
    assert (await call("getChatMemberCount", chat_id=SUPERGROUP))["result"] == 3
    unknown = await call("getChatMember", chat_id=SUPERGROUP, user_id=7)
    assert unknown["description"] == "Bad Request: user not found"


async def test_a_bot_thrown_out_of_a_group_may_not_write_there(api: BotApi, call: Call) -> None:
    api.add_group(SUPERGROUP)
    api.remove_bot(SUPERGROUP)
    answer = await call("sendMessage", chat_id=SUPERGROUP, text="x")
    assert (answer["error_code"], answer["description"]) == (403, "Forbidden: bot was kicked from the supergroup chat")
    assert (await call("getUpdates"))["result"][-1]["my_chat_member"]["new_chat_member"]["status"] == "kicked"


async def test_a_group_that_became_a_supergroup_says_its_new_number(api: BotApi, call: Call) -> None:
    api.add_group(GROUP)
    api.upgrade_group(GROUP, SUPERGROUP)
    answer = await call("sendMessage", chat_id=GROUP, text="x")
    assert answer["parameters"] == {"migrate_to_chat_id": SUPERGROUP}
    assert (await call("sendMessage", chat_id=SUPERGROUP, text="x"))["ok"]
    joined, moved_to, moved_from = (await call("getUpdates"))["result"][-3:]
    assert (joined["my_chat_member"]["chat"]["id"], joined["my_chat_member"]["old_chat_member"]["status"]) == (
        SUPERGROUP,
        "left",
    )
    assert moved_to["message"]["migrate_to_chat_id"] == SUPERGROUP
    assert moved_from["message"]["migrate_from_chat_id"] == GROUP


# what goes wrong


async def test_a_person_who_blocks_the_bot_hears_nothing_until_unblocking_it(api: BotApi, call: Call) -> None:
    await api.say("hi", user_id=5)
    api.block(5)
    answer = await call("sendMessage", chat_id=5, text="x")
    assert (answer["error_code"], answer["description"]) == (403, "Forbidden: bot was blocked by the user")
    api.unblock(5)
    assert (await call("sendMessage", chat_id=5, text="x"))["ok"]
    changes = [u["my_chat_member"] for u in (await call("getUpdates"))["result"] if "my_chat_member" in u]
    assert [change["new_chat_member"]["status"] for change in changes] == ["kicked", "member"]


@pytest.mark.usefixtures("opened")
async def test_flood_control_says_how_long_to_wait(api: BotApi, call: Call, clock: Clock) -> None:
    api.flood(USER, 7)
    clock.time += timedelta(seconds=2)
    assert await call("sendMessage", chat_id=USER, text="x") == {
        "ok": False,
        "error_code": 429,
        "description": "Too Many Requests: retry after 5",
        "parameters": {"retry_after": 5},
    }
    clock.time += timedelta(seconds=5)
    assert (await call("sendMessage", chat_id=USER, text="x"))["ok"]


@pytest.mark.usefixtures("opened")
async def test_a_chat_action_is_announced_and_an_unknown_one_refused(api: BotApi, call: Call) -> None:
    with api.chat().watch() as events:
        await call("sendChatAction", chat_id=USER, action="typing")
        assert events.get_nowait() == {"chat_id": USER, "event": "action", "action": "typing"}
    answer = await call("sendChatAction", chat_id=USER, action="dreaming")
    assert answer["description"] == "Bad Request: wrong parameter action in request"


# what the bot says of itself


async def test_commands_are_kept_by_scope_and_language_and_the_nearest_is_shown(api: BotApi, call: Call) -> None:
    hedge, group = {"command": "hedge", "description": "Size a hedge"}, {"command": "help", "description": "Help"}
    await call("setMyCommands", commands=[group])
    await call("setMyCommands", commands=[hedge], scope={"type": "all_private_chats"})
    assert (await call("getMyCommands"))["result"] == [group]
    assert (await call("getMyCommands", scope={"type": "all_private_chats"}))["result"] == [hedge]
    assert (await call("getMyCommands", language_code="de"))["result"] == []
    assert api.state.command_list(USER, "de") == [hedge]
    await call("deleteMyCommands", scope={"type": "all_private_chats"})
    assert api.state.command_list(USER, "de") == [group]


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        ({"command": "Hedge", "description": "x"}, "BOT_COMMAND_INVALID"),
        ({"command": "hedge", "description": ""}, "BOT_COMMAND_DESCRIPTION_INVALID"),
    ],
)
async def test_commands_have_small_letters_and_a_description(call: Call, command: Json, reason: str) -> None:
    assert (await call("setMyCommands", commands=[command]))["description"] == f"Bad Request: {reason}"


async def test_name_and_descriptions_are_kept(call: Call) -> None:
    assert (await call("getMyName"))["result"] == {"name": "Hedge bot"}
    for method, field in (("MyName", "name"), ("MyDescription", "description")):
        await call(f"set{method}", **{field: "x"})
        assert (await call(f"get{method}"))["result"] == {field: "x"}


async def test_the_history_is_bounded(api: BotApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatbot.sandbox.botapi.chats.KEPT", 3)
    for number in range(5):
        await api.say(str(number))
    assert [message["text"] for message in api.messages()] == ["2", "3", "4"]
