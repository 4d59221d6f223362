"""What the local Bot API server numbers: a bot that remembers an earlier run must not take the new for the old."""

from datetime import UTC, datetime, timedelta

from chatbot.sandbox.botapi import USER, BotApi

STARTED_AT = datetime(2026, 4, 15, 10, 20, tzinfo=UTC)
FORUM = -1_002_000_000_001


async def told(started_at: datetime) -> tuple[set[int], set[int]]:
    """The numbers of the updates and of the messages of one run in which a person says three things."""
    api = BotApi("42:test", lambda: started_at)
    for _ in range(3):
        await api.say("hello")
    updates = await api.state.updates.poll(0, 100, 0)
    return {update["update_id"] for update in updates}, {message["message_id"] for message in api.messages(USER)}


async def test_a_server_that_starts_again_repeats_no_number_of_an_update_or_a_message() -> None:
    updates, messages = await told(STARTED_AT)
    updates_again, messages_again = await told(STARTED_AT + timedelta(seconds=5))
    assert (len(updates), len(messages)) == (3, 3)
    assert updates.isdisjoint(updates_again)
    assert messages.isdisjoint(messages_again)


def test_the_first_topic_of_a_forum_does_not_take_the_number_of_general() -> None:
    api = BotApi("42:test", lambda: STARTED_AT)
    api.add_group(FORUM, is_forum=True, has_bot=False)
    assert api.add_topic(FORUM, "Funding") > 1
