"""Groups, forums and channels of the local Bot API server: who may do what there, and what the bot is told."""

from typing import Any

import pytest

from chatbot.sandbox.botapi import USER, BotApi
from tests.chatbot.sandbox.conftest import Call, Json

GROUP = -100
FORUM = -1_002_000_000_000
CHANNEL = -1_003_000_000_000
ANA, BEN = USER, USER + 1
BOT = 42


@pytest.fixture
def forum(api: BotApi) -> int:
    """A forum of Ana, who rules it, Ben and the bot; gives the number of its topic `Funding`."""
    api.add_group(FORUM, "Desk", administrators=[ANA], members=[BEN], is_forum=True)
    return api.add_topic(FORUM, "Funding")


async def updates(call: Call) -> list[Json]:
    """What the bot is told that it has not read yet."""
    told: list[Json] = (await call("getUpdates"))["result"]
    if told:
        await call("getUpdates", offset=told[-1]["update_id"] + 1)
    return told


async def refusal(call: Call, method: str = "sendMessage", **parameters: Any) -> tuple[int, str]:
    answer = await call(method, **({"text": "x"} | parameters))
    return answer["error_code"], answer["description"]


# topics


async def test_a_message_stands_in_the_topic_it_was_written_to(api: BotApi, call: Call, forum: int) -> None:
    sent = (await call("sendMessage", chat_id=FORUM, text="x", message_thread_id=forum))["result"]
    assert (sent["message_thread_id"], sent["is_topic_message"]) == (forum, True)
    assert sent["reply_to_message"]["forum_topic_created"]["name"] == "Funding"  # what opened the topic
    assert sent["chat"]["is_forum"] is True
    assert (await call("getChat", chat_id=FORUM))["result"]["is_forum"] is True


async def test_general_is_written_to_without_a_number_and_refused_with_it(call: Call, forum: int) -> None:
    sent = (await call("sendMessage", chat_id=FORUM, text="x"))["result"]
    assert not {"message_thread_id", "is_topic_message"} & sent.keys()
    gone = (400, "Bad Request: message thread not found")
    assert await refusal(call, chat_id=FORUM, message_thread_id=1) == gone
    assert await refusal(call, chat_id=FORUM, message_thread_id=forum + 99) == gone
    assert await refusal(call, "sendChatAction", chat_id=FORUM, message_thread_id=1, action="typing") == gone


async def test_a_plain_answer_in_general_carries_a_number_that_cannot_be_sent_to(
    api: BotApi, call: Call, forum: int
) -> None:
    assert forum > 0
    card = (await call("sendMessage", chat_id=FORUM, text="card"))["result"]
    answer = await api.say("thanks", chat_id=FORUM, user_id=BEN, reply_to=card["message_id"])
    assert answer["message_thread_id"] == card["message_id"]
    assert "is_topic_message" not in answer
    assert (await refusal(call, chat_id=FORUM, message_thread_id=card["message_id"]))[0] == 400
    again = await call("sendMessage", chat_id=FORUM, text="x", reply_parameters={"message_id": answer["message_id"]})
    assert "is_topic_message" not in again["result"]


async def test_an_answer_stands_in_the_topic_of_the_question(api: BotApi, call: Call, forum: int) -> None:
    asked = await api.say("/funding BTC", chat_id=FORUM, user_id=BEN, thread_id=forum)
    assert (await updates(call))[-1]["message"]["message_thread_id"] == forum
    sent = await call("sendMessage", chat_id=FORUM, text="x", reply_parameters={"message_id": asked["message_id"]})
    assert (sent["result"]["message_thread_id"], sent["result"]["is_topic_message"]) == (forum, True)


async def test_a_closed_topic_takes_nothing_until_it_is_open_again(api: BotApi, call: Call, forum: int) -> None:
    api.close_topic(FORUM, forum)
    closed = (400, "Bad Request: TOPIC_CLOSED")
    assert await refusal(call, chat_id=FORUM, message_thread_id=forum) == closed
    asked = api.messages(FORUM)[-1]["message_id"]  # an answer goes to the same topic
    assert await refusal(call, chat_id=FORUM, reply_parameters={"message_id": asked}) == closed
    assert (await call("sendMessage", chat_id=FORUM, text="x"))["ok"]
    api.promote_bot(FORUM, can_manage_topics=True)
    assert (await call("sendMessage", chat_id=FORUM, text="x", message_thread_id=forum))["ok"]
    api.demote_bot(FORUM)
    api.reopen_topic(FORUM, forum)
    assert (await call("sendMessage", chat_id=FORUM, text="x", message_thread_id=forum))["ok"]
    api.close_topic(FORUM)
    assert await refusal(call, chat_id=FORUM) == closed


async def test_a_deleted_topic_is_gone_with_its_messages(api: BotApi, call: Call, forum: int) -> None:
    sent = (await call("sendMessage", chat_id=FORUM, text="x", message_thread_id=forum))["result"]
    api.delete_topic(FORUM, forum)
    assert await refusal(call, chat_id=FORUM, message_thread_id=forum) == (
        400,
        "Bad Request: message thread not found",
    )
    edit = await refusal(call, "editMessageText", chat_id=FORUM, message_id=sent["message_id"])
    assert edit == (400, "Bad Request: message to edit not found")


async def test_where_there_are_no_topics_the_number_is_passed_over(api: BotApi, call: Call) -> None:
    api.add_group(FORUM, members=[BEN])
    sent = (await call("sendMessage", chat_id=FORUM, text="x", message_thread_id=77))["result"]
    assert "message_thread_id" not in sent
    with pytest.raises(ValueError, match="no topic 77"):
        await api.say("x", chat_id=FORUM, user_id=BEN, thread_id=77)
    with pytest.raises(ValueError, match="has no topics"):
        api.add_topic(FORUM, "Funding")


async def test_topics_and_newcomers_are_told_whatever_the_bot_hears(api: BotApi, call: Call, forum: int) -> None:
    await api.say("just talking", chat_id=FORUM, user_id=BEN, thread_id=forum)
    joined, welcomed, opened = await updates(call)
    assert joined["my_chat_member"]["chat"]["id"] == FORUM
    assert welcomed["message"]["new_chat_members"] == [api.state.bot]
    assert opened["message"]["forum_topic_created"]["name"] == "Funding"


# rights


async def test_every_change_of_what_the_bot_is_is_told(api: BotApi, call: Call) -> None:
    api.add_group(FORUM, administrators=[ANA])
    api.promote_bot(FORUM)
    api.demote_bot(FORUM)
    api.restrict_bot(FORUM)
    api.remove_bot(FORUM, status="left")
    api.add_bot(FORUM, user_id=BEN)
    api.remove_bot(FORUM)
    changes = [update["my_chat_member"] for update in await updates(call) if "my_chat_member" in update]
    statuses = [(each["old_chat_member"]["status"], each["new_chat_member"]["status"]) for each in changes]
    assert statuses == [
        ("left", "member"),
        ("member", "administrator"),
        ("administrator", "member"),
        ("member", "restricted"),
        ("restricted", "left"),
        ("left", "member"),
        ("member", "kicked"),
    ]
    assert changes[3]["new_chat_member"]["can_send_messages"] is False
    assert [each["from"]["id"] for each in changes] == [ANA, ANA, ANA, ANA, ANA, BEN, ANA]


@pytest.mark.parametrize(
    ("chat_id", "status", "reason"),
    [
        (GROUP, "kicked", "Forbidden: bot was kicked from the group chat"),
        (GROUP, "left", "Forbidden: bot is not a member of the group chat"),
        (FORUM, "kicked", "Forbidden: bot was kicked from the supergroup chat"),
        (FORUM, "left", "Forbidden: bot is not a member of the supergroup chat"),
    ],
)
async def test_a_bot_outside_neither_writes_nor_looks_nor_hears(
    api: BotApi, call: Call, chat_id: int, status: str, reason: str
) -> None:
    api.add_group(chat_id, administrators=[ANA])
    api.remove_bot(chat_id, status=status)
    await updates(call)
    await api.say("/funding", chat_id=chat_id)
    assert await updates(call) == []
    for method in ("sendMessage", "getChat", "getChatAdministrators", "getChatMemberCount"):
        assert await refusal(call, method, chat_id=chat_id) == (403, reason)


async def test_a_restricted_bot_may_not_write_unless_it_may(api: BotApi, call: Call) -> None:
    api.add_group(FORUM)
    api.restrict_bot(FORUM)
    reason = "Bad Request: not enough rights to send text messages to the chat"
    assert await refusal(call, chat_id=FORUM) == (400, reason)
    api.restrict_bot(FORUM, can_send_messages=True)
    assert (await call("sendMessage", chat_id=FORUM, text="x"))["ok"]


async def test_the_bot_can_leave(api: BotApi, call: Call) -> None:
    api.add_group(FORUM)
    assert (await call("leaveChat", chat_id=FORUM))["result"] is True
    assert (await refusal(call, chat_id=FORUM))[0] == 403


async def test_who_rules_a_group_can_change(api: BotApi, call: Call) -> None:
    api.add_group(FORUM, administrators=[ANA], members=[BEN])
    api.set_member(FORUM, BEN, "administrator", is_anonymous=True)
    api.set_member(FORUM, ANA, "left")
    ben = (await call("getChatMember", chat_id=FORUM, user_id=BEN))["result"]
    assert (ben["status"], ben["is_anonymous"]) == ("administrator", True)
    rulers = (await call("getChatAdministrators", chat_id=FORUM))["result"]
    assert [each["user"]["id"] for each in rulers] == [BEN]
    assert (await call("getChatMember", chat_id=FORUM, user_id=ANA))["result"]["status"] == "left"
    assert (await call("getChatMemberCount", chat_id=FORUM))["result"] == 2  # Ben and the bot


async def test_changes_of_others_are_told_to_an_administrator_that_asks_for_them(api: BotApi, call: Call) -> None:
    api.add_group(FORUM, administrators=[ANA], members=[BEN])
    api.promote_bot(FORUM)
    await updates(call)
    api.set_member(FORUM, BEN, "administrator")
    assert await updates(call) == []
    await call("getUpdates", allowed_updates=["chat_member"])
    api.set_member(FORUM, BEN, "member")
    (told,) = await updates(call)
    assert told["chat_member"]["new_chat_member"]["user"]["id"] == BEN


async def test_an_anonymous_administrator_writes_as_the_group_and_presses_as_himself(
    api: BotApi, call: Call, forum: int
) -> None:
    asked = await api.say("/settings", chat_id=FORUM, user_id=ANA, thread_id=forum, anonymously=True)
    told = (await updates(call))[-1]["message"]
    assert told == asked
    assert (told["from"]["id"], told["from"]["username"]) == (1087968824, "GroupAnonymousBot")
    assert told["sender_chat"]["id"] == told["chat"]["id"] == FORUM
    rows = {"inline_keyboard": [[{"text": "BTC", "callback_data": "x"}]]}
    card = (await call("sendMessage", chat_id=FORUM, text="card", reply_markup=rows))["result"]
    await api.press(card["message_id"], "x", chat_id=FORUM, user_id=ANA)
    assert (await updates(call))[-1]["callback_query"]["from"]["id"] == ANA
    with pytest.raises(ValueError, match="only administrators"):
        await api.say("x", chat_id=FORUM, user_id=BEN, anonymously=True)


async def test_the_bots_message_in_a_group_is_edited_in_its_place(api: BotApi, call: Call, forum: int) -> None:
    sent = (await call("sendMessage", chat_id=FORUM, text="one", message_thread_id=forum))["result"]
    edited = (await call("editMessageText", chat_id=FORUM, message_id=sent["message_id"], text="two"))["result"]
    assert (edited["text"], edited["message_thread_id"]) == ("two", forum)
    theirs = await api.say("x", chat_id=FORUM, user_id=BEN)
    refused = await refusal(call, "editMessageText", chat_id=FORUM, message_id=theirs["message_id"])
    assert refused == (400, "Bad Request: message can't be edited")


# channels


async def test_in_a_channel_only_an_administrator_who_may_post_is_heard(api: BotApi, call: Call) -> None:
    api.add_channel(CHANNEL, "Rates", administrators=[ANA], members=[BEN])
    assert await refusal(call, chat_id=CHANNEL) == (403, "Forbidden: bot is not a member of the channel chat")
    api.promote_bot(CHANNEL, can_post_messages=False)
    reason = "Bad Request: need administrator rights in the channel chat"
    assert await refusal(call, chat_id=CHANNEL) == (400, reason)
    api.promote_bot(CHANNEL)
    told = [update["my_chat_member"]["new_chat_member"] for update in await updates(call)]
    assert [each["can_post_messages"] for each in told] == [False, True]
    sent = (await call("sendMessage", chat_id=CHANNEL, text="one"))["result"]
    assert "from" not in sent
    assert sent["sender_chat"] == sent["chat"] == {"id": CHANNEL, "type": "channel", "title": "Rates"}
    edited = await call("editMessageText", chat_id=CHANNEL, message_id=sent["message_id"], text="two")
    assert edited["result"]["text"] == "two"
    api.remove_bot(CHANNEL)
    assert await refusal(call, chat_id=CHANNEL) == (403, "Forbidden: bot was kicked from the channel chat")


async def test_a_post_in_a_channel_names_nobody(api: BotApi, call: Call) -> None:
    api.add_channel(CHANNEL, administrators=[ANA], members=[BEN])
    api.add_bot(CHANNEL)
    await updates(call)
    post = await api.say("hello", chat_id=CHANNEL, user_id=ANA)
    await api.edit(post["message_id"], "hello all", chat_id=CHANNEL, user_id=ANA)
    posted, edited = await updates(call)
    assert "from" not in posted["channel_post"]
    assert edited["edited_channel_post"]["text"] == "hello all"
    with pytest.raises(ValueError, match="only administrators"):
        await api.say("x", chat_id=CHANNEL, user_id=BEN)


# another number


async def test_a_group_keeps_who_is_in_it_when_its_number_changes(api: BotApi, call: Call) -> None:
    api.add_group(GROUP, "Desk", administrators=[ANA], members=[BEN])
    api.promote_bot(GROUP)
    await updates(call)
    api.upgrade_group(GROUP, FORUM, is_forum=True)
    joined, moved_to, moved_from = await updates(call)
    assert (joined["my_chat_member"]["chat"]["id"], joined["my_chat_member"]["new_chat_member"]["status"]) == (
        FORUM,
        "administrator",
    )
    assert (moved_to["message"]["chat"]["id"], moved_to["message"]["migrate_to_chat_id"]) == (GROUP, FORUM)
    assert (moved_from["message"]["chat"]["id"], moved_from["message"]["migrate_from_chat_id"]) == (FORUM, GROUP)
    answer = await call("sendMessage", chat_id=GROUP, text="x")
    assert (answer["error_code"], answer["parameters"]) == (400, {"migrate_to_chat_id": FORUM})
    assert answer["description"] == "Bad Request: group chat was upgraded to a supergroup chat"
    assert (await call("getChatMember", chat_id=FORUM, user_id=ANA))["result"]["status"] == "administrator"
    assert (await call("getChatMemberCount", chat_id=FORUM))["result"] == 3


# links, people


@pytest.mark.parametrize("address", ["https://t.me/", "t.me/", "https://telegram.me/"])
async def test_a_link_with_a_key_says_it_in_the_private_chat(api: BotApi, call: Call, address: str) -> None:
    await api.open_link(f"{address}sandbox_bot?start=k3-f_9", BEN)
    (update,) = await updates(call)
    assert (update["message"]["text"], update["message"]["chat"]["id"]) == ("/start k3-f_9", BEN)


async def test_a_link_opens_a_chat_that_was_blocked(api: BotApi, call: Call) -> None:
    await api.say("hi", user_id=BEN)
    api.block(BEN)
    await updates(call)
    await api.open_link("https://t.me/sandbox_bot?start=k", BEN)
    unblocked, started = await updates(call)
    assert unblocked["my_chat_member"]["old_chat_member"]["status"] == "kicked"
    assert started["message"]["text"] == "/start k"


async def test_a_link_for_groups_brings_the_bot_there(api: BotApi, call: Call) -> None:
    api.add_group(FORUM, administrators=[ANA], has_bot=False)
    assert await updates(call) == []
    await api.open_link("https://t.me/sandbox_bot?startgroup=k", ANA, chat_id=FORUM)
    joined, _, started = await updates(call)
    assert joined["my_chat_member"]["new_chat_member"]["status"] == "member"
    assert started["message"]["text"] == "/start@sandbox_bot k"
    with pytest.raises(ValueError, match="asks for a group"):
        await api.open_link("https://t.me/sandbox_bot?startgroup=k", ANA)


@pytest.mark.parametrize(
    "url",
    ["https://example.com/sandbox_bot?start=k", "https://t.me/other_bot?start=k", f"t.me/sandbox_bot?start={'k' * 65}"],
)
async def test_other_links_open_no_chat(api: BotApi, url: str) -> None:
    with pytest.raises(ValueError, match="no "):
        await api.open_link(url)


async def test_a_deleted_account_is_told_in_its_own_words(api: BotApi, call: Call) -> None:
    await api.say("hi", user_id=BEN)
    api.deactivate(BEN)
    assert await refusal(call, chat_id=BEN) == (403, "Forbidden: user is deactivated")


async def test_a_group_offers_the_commands_of_its_rulers_first(api: BotApi, call: Call) -> None:
    chat = api.add_group(FORUM, administrators=[ANA], members=[BEN])
    everybody, rulers = {"command": "funding", "description": "x"}, {"command": "settings", "description": "x"}
    await call("setMyCommands", commands=[everybody], scope={"type": "all_group_chats"})
    await call("setMyCommands", commands=[rulers], scope={"type": "all_chat_administrators"})
    assert api.state.command_list(BEN, "en", chat) == [everybody]
    assert api.state.command_list(ANA, "en", chat) == [rulers]


async def test_a_press_in_a_group_without_the_bot_reaches_nobody(api: BotApi, call: Call) -> None:
    api.add_group(FORUM, administrators=[ANA])
    rows = {"inline_keyboard": [[{"text": "BTC", "callback_data": "x"}]]}
    card = (await call("sendMessage", chat_id=FORUM, text="card", reply_markup=rows))["result"]
    api.remove_bot(FORUM)
    await updates(call)
    await api.press(card["message_id"], "x", chat_id=FORUM, user_id=ANA)
    assert await updates(call) == []
