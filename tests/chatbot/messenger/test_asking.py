"""What an update asks, if anything."""

from datetime import UTC, datetime
from typing import Any

import pytest

from chatbot.command import ChatKind
from chatbot.messenger.asking import Place, Question, Way, understand
from tests.chatbot.messenger.updates import (
    ANA,
    ANONYMOUS_ADMINISTRATOR,
    GROUP,
    NAME,
    NAMES,
    Json,
    group,
    message,
    person,
    press,
    private,
    update,
)


def heard(asked: Json) -> Question:
    question = understand(asked, NAME, NAMES)
    assert question is not None
    return question


def is_silence(asked: Json) -> bool:
    return understand(asked, NAME, NAMES) is None


def test_a_typed_command_is_a_question_of_its_sender_at_its_time() -> None:
    assert heard(message("/hedge 10 ETH\n5 BTC")) == Question(
        update_id=1,
        user_id=ANA,
        place=Place(ANA, ChatKind.PRIVATE),
        way=Way.TYPED,
        line="/hedge 10 ETH\n5 BTC",
        asked_at=datetime.fromtimestamp(1_790_000_000, UTC),
        is_administrator=True,
    )


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("/hedge@our_bot 10 ETH", "/hedge 10 ETH"),
        ("/HEDGE@Our_Bot", "/hedge"),
        ("/Hedge 10 ETH", "/hedge 10 ETH"),
        ("/portfolio add 10 ETH @ 3450", "/portfolio add 10 ETH @ 3450"),
    ],
)
def test_the_bots_name_is_no_part_of_the_line(typed: str, line: str) -> None:
    assert heard(message(typed, chat=group())).line == line


@pytest.mark.parametrize(
    "typed", ["/hedge@other_bot 10 ETH", "/price BTC", "hedge 10 ETH", "hello", "/price@other_bot", "/", "/@"]
)
def test_what_a_group_says_to_others_is_not_answered(typed: str) -> None:
    assert is_silence(message(typed, chat=group()))


def test_an_unknown_command_is_answered_in_a_group_only_when_this_bot_is_named() -> None:
    assert heard(message("/hegde@our_bot", chat=group())).line == "/hegde"


def test_a_command_for_another_bot_is_passed_over_in_private_too() -> None:
    assert is_silence(message("/hedge@other_bot"))


@pytest.mark.parametrize("typed", ["10 ETH", "/hegde 10 ETH", "/", "hello"])
def test_in_private_everything_is_heard(typed: str) -> None:
    assert heard(message(typed)).line == typed


def test_a_group_question_is_replied_to_in_its_topic() -> None:
    asked = message("/hedge", chat=group(), is_topic_message=True, message_thread_id=4)
    assert heard(asked).place == Place(GROUP, ChatKind.GROUP, thread_id=4, reply_to=50)


def test_the_thread_of_a_plain_reply_is_no_topic() -> None:
    assert heard(message("/hedge", chat=group(), message_thread_id=4)).place.thread_id is None


def test_an_anonymous_administrator_is_nobody_but_administers_the_group() -> None:
    asked = heard(
        message("/hedge", chat=group(), sender_chat=group(), sender=person(ANONYMOUS_ADMINISTRATOR, is_bot=True))
    )
    assert (asked.user_id, asked.is_administrator) == (None, True)


def test_a_linked_channel_is_nobody() -> None:
    channel = {"id": -1009, "type": "channel", "title": "c"}
    asked = heard(message("/hedge", chat=group(), sender_chat=channel, sender=person(777000)))
    assert (asked.user_id, asked.is_administrator) == (None, False)


def test_another_bot_is_not_answered() -> None:
    assert is_silence(message("/hedge", chat=group(), sender=person(99, is_bot=True)))


def test_an_edited_command_is_heard_in_private_as_edited() -> None:
    assert heard(message("/portfolio add 20 ETH", kind="edited_message")).way is Way.EDITED
    assert heard(message("hedge 20 ETH", kind="edited_message")).way is Way.EDITED


def test_edited_chatter_and_edits_in_groups_are_not_heard() -> None:
    assert is_silence(message("thanks!", kind="edited_message"))
    assert is_silence(message("/hedge 20 ETH", kind="edited_message", chat=group()))


def test_a_press_carries_its_line_and_the_message_to_edit() -> None:
    assert heard(press("/hedge ETH 75%")) == Question(
        update_id=1,
        user_id=ANA,
        place=Place(ANA, ChatKind.PRIVATE, pressed=60),
        way=Way.PRESSED,
        line="/hedge ETH 75%",
        callback_id="q1",
        is_administrator=True,
    )


def test_a_press_in_a_group_is_of_the_one_who_presses() -> None:
    ours = {"message_id": 60, "date": 1_790_000_000, "chat": group(), "text": "answer", "from": person(1, is_bot=True)}
    asked = heard(press("/hedge", message=ours))
    assert asked.user_id == ANA
    assert asked.place == Place(GROUP, ChatKind.GROUP, reply_to=60, pressed=60)


@pytest.mark.parametrize(
    "ours",
    [
        {"message_id": 60, "date": 0, "chat": private()},  # too old: Telegram no longer shows it to the bot
        {"message_id": 60, "date": 1_790_000_000, "chat": private(), "caption": "a photo"},
    ],
)
def test_what_cannot_be_edited_is_answered_below(ours: dict[str, Any]) -> None:
    assert heard(press("/hedge", message=ours)).place.pressed is None


def test_a_document_brings_its_caption_as_the_line() -> None:
    document = {"file_id": "f", "file_unique_id": "u", "file_name": "coins.csv", "file_size": 9}
    asked = heard(message(document=document, caption="/portfolio add"))
    assert asked.line == "/portfolio add"
    assert asked.document is not None


@pytest.mark.parametrize(
    "nothing",
    [
        message(new_chat_title="t", chat=group()),
        message(migrate_to_chat_id=-5, chat=group()),
        update(
            "channel_post", {"message_id": 1, "date": 1, "chat": {"id": -1009, "type": "channel"}, "text": "/hedge"}
        ),
        update("callback_query", {"id": "q", "from": person(), "chat_instance": "c", "inline_message_id": "i"}),
        message("/hedge", chat={"id": -1009, "type": "channel", "title": "c"}),
        message("/start@our_bot setup", chat=group()),
        update(
            "my_chat_member",
            {
                "chat": private(),
                "from": person(),
                "date": 1,
                "old_chat_member": {"status": "member", "user": person(1)},
                "new_chat_member": {"status": "kicked", "user": person(1), "until_date": 0},
            },
        ),
    ],
    ids=["title", "migration", "channel", "inline", "into a channel", "added by a link", "membership"],
)
def test_what_asks_nothing_is_met_with_silence(nothing: Json) -> None:
    assert is_silence(nothing)
