"""What Telegram tells of our membership, what is kept of it, and where a card is posted."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from telegram.error import Forbidden

from chatbot.command import Call, ChatKind, Reply, Services
from chatbot.core.chats import KnownChat
from chatbot.messenger.asking import Place
from chatbot.messenger.membership import Memberships, Migration, Presence, changed
from tests.chatbot.messenger.fakes import FakeChatBook, Recorder, command, services
from tests.chatbot.messenger.updates import ANA, GROUP, Json, group, message, person, private, update

CHANNEL = -1009
AT = datetime.fromtimestamp(1_790_000_000, UTC)
POSTER = {"status": "administrator", "can_post_messages": True}
MUTE_POSTER = {"status": "administrator", "can_post_messages": False}


def channel() -> Json:
    return {"id": CHANNEL, "type": "channel", "title": "c"}


def status(word: str, **changes: Any) -> Json:
    return {"status": word} | changes


def tells(chat: Json, old: Json, new: Json, **changes: Any) -> Json:
    content = {"chat": chat, "from": person(), "date": 1_790_000_000, "old_chat_member": old, "new_chat_member": new}
    return update("my_chat_member", content | changes)


def presence(*given: Any, **changes: Any) -> Presence:
    change = changed(tells(*given, **changes))
    assert isinstance(change, Presence)
    return change


@dataclass
class FakeDelivery:
    """Notes what it brings where; refuses with `failure`."""

    brought: list[tuple[str, Place]] = field(default_factory=list)
    failure: Exception | None = None

    async def deliver(self, reply: Reply, place: Place, user_id: int | None = None) -> int:
        if self.failure is not None:
            raise self.failure
        self.brought.append((reply.text, place))
        return 1


@dataclass
class Scene:
    """Memberships between fakes; `/settings` says what it was asked."""

    delivery: FakeDelivery = field(default_factory=FakeDelivery)
    card: Recorder = field(default_factory=Recorder)
    services: Services = field(default_factory=services)

    @property
    def book(self) -> FakeChatBook:
        return cast(FakeChatBook, self.services.chat_book)

    async def hears(self, change: Json, *, names: tuple[str, ...] = ("settings",), **options: Any) -> None:
        commands = [command(name, self.card) for name in names]
        memberships = Memberships(commands, self.services, cast(Any, self.delivery), **options)
        told = changed(change)
        assert told is not None
        await memberships.note(told)


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_being_added_to_a_group_tells_its_name_and_by_whom() -> None:
    known = KnownChat(GROUP, ChatKind.GROUP, "g", ANA)
    assert presence(group(), status("left"), status("member")) == Presence(1, known, is_new=True)


def test_who_adds_it_anonymously_is_nobody() -> None:
    anonymous = {"from": person(1087968824, is_bot=True)}
    assert presence(group(), status("left"), status("member"), **anonymous).chat.added_by is None


@pytest.mark.parametrize(
    ("chat", "old", "new", "reason", "is_new"),
    [
        (group(), status("member"), status("kicked"), "removed", False),
        (group(), status("administrator"), status("left"), "removed", False),
        (group(), status("member"), status("administrator"), "", False),
        (group(), status("kicked"), status("administrator"), "", True),
        (group(), status("member"), status("restricted", is_member=True), "may not post", False),
        (group(), status("restricted", is_member=True), status("member"), "", False),
        (group(), status("left"), status("restricted", is_member=True, can_send_messages=True), "", True),
        (group(), status("member"), status("restricted", is_member=False), "removed", False),
        (private(), status("member"), status("kicked"), "blocked", False),
        (private(), status("kicked"), status("member"), "", True),
        (channel(), status("left"), POSTER, "", True),
        (channel(), status("left"), MUTE_POSTER, "may not post", True),
        (channel(), POSTER, MUTE_POSTER, "may not post", False),
        (channel(), MUTE_POSTER, POSTER, "", False),
        (channel(), POSTER, status("left"), "removed", False),
        (channel(), POSTER, status("member"), "may not post", False),
    ],
)
def test_what_a_status_means(chat: Json, old: Json, new: Json, reason: str, is_new: bool) -> None:
    found = presence(chat, old, new)
    assert (found.chat.reason, found.is_new) == (reason, is_new)
    assert found.chat.quiet_since == (AT if reason else None)


def test_both_service_messages_of_a_migration_say_the_same() -> None:
    old = message(chat={"id": -5, "type": "group", "title": "g"}, migrate_to_chat_id=GROUP)
    new = message(chat=group(), migrate_from_chat_id=-5)
    assert changed(old) == changed(new) == Migration(1, -5, GROUP)


def test_other_updates_tell_nothing_of_it() -> None:
    assert changed(message("/hedge")) is None
    assert changed(update("poll", {})) is None


async def test_a_group_gets_one_card_as_a_new_message(scene: Scene) -> None:
    await scene.hears(tells(group(), status("left"), status("member")))
    assert scene.book.known == {GROUP: KnownChat(GROUP, ChatKind.GROUP, "g", ANA)}
    assert scene.delivery.brought == [("/settings for 7", Place(GROUP, ChatKind.GROUP))]
    [call] = scene.card.calls
    assert (call.chat_kind, call.chat_id, call.is_administrator) == (ChatKind.GROUP, GROUP, False)


async def test_rights_given_to_a_bot_that_is_there_bring_no_second_card(scene: Scene) -> None:
    scene.book.known[GROUP] = KnownChat(GROUP, ChatKind.GROUP, "g", added_by=99)
    await scene.hears(tells(group(), status("member"), status("administrator")))
    assert scene.delivery.brought == []
    assert scene.book.known[GROUP].added_by == 99


async def test_a_group_where_it_may_not_write_gets_none(scene: Scene) -> None:
    await scene.hears(tells(group(), status("left"), status("restricted", is_member=True)))
    assert (scene.book.quiet, scene.delivery.brought) == ({GROUP: "may not post"}, [])


async def test_a_channels_card_goes_to_the_private_chat_of_who_added_it(scene: Scene) -> None:
    await scene.hears(tells(channel(), status("left"), POSTER))
    assert scene.book.known[CHANNEL].added_by == ANA
    assert scene.delivery.brought == [(f"/settings chat={CHANNEL} for 7", Place(ANA, ChatKind.PRIVATE))]


async def test_a_channel_where_it_may_not_post_is_known_and_quiet_and_its_administrator_is_told(scene: Scene) -> None:
    await scene.hears(tells(channel(), status("left"), MUTE_POSTER))
    assert (scene.book.known[CHANNEL].added_by, scene.book.quiet) == (ANA, {CHANNEL: "may not post"})
    assert len(scene.delivery.brought) == 1


async def test_an_administrator_who_never_wrote_to_it_cannot_be_written_to(scene: Scene) -> None:
    scene.delivery.failure = Forbidden("bot can't initiate conversation with a user")
    await scene.hears(tells(channel(), status("left"), POSTER))
    assert CHANNEL in scene.book.known


@pytest.mark.parametrize(
    ("gone", "back", "chat_id", "reason"),
    [
        (
            tells(group(), status("member"), status("kicked")),
            tells(group(), status("left"), status("member")),
            GROUP,
            "removed",
        ),
        (
            tells(private(), status("member"), status("kicked")),
            tells(private(), status("kicked"), status("member")),
            ANA,
            "blocked",
        ),
        (tells(channel(), POSTER, MUTE_POSTER), tells(channel(), MUTE_POSTER, POSTER), CHANNEL, "may not post"),
    ],
)
async def test_a_chat_that_closes_goes_quiet_and_one_that_opens_is_no_longer(
    scene: Scene, gone: Json, back: Json, chat_id: int, reason: str
) -> None:
    await scene.hears(gone)
    assert scene.book.quiet == {chat_id: reason}
    await scene.hears(back)
    assert scene.book.quiet == {}


async def test_a_topic_that_is_open_again_ends_the_silence_of_its_group(scene: Scene) -> None:
    scene.book.known[GROUP] = KnownChat(GROUP, ChatKind.GROUP, "g", added_by=99)
    scene.book.quiet[GROUP] = "may not post"
    await scene.hears(message(chat=group(), forum_topic_reopened={}))
    assert scene.book.quiet == {}
    assert scene.book.known[GROUP].added_by == 99
    assert scene.delivery.brought == []


async def test_a_private_chat_that_opens_again_gets_no_card(scene: Scene) -> None:
    await scene.hears(tells(private(), status("kicked"), status("member")))
    assert scene.delivery.brought == []


async def test_a_group_that_moves_takes_everything_along(scene: Scene) -> None:
    await scene.hears(message(chat=group(), migrate_from_chat_id=-5))
    assert scene.book.new_ids == {-5: GROUP}


async def test_the_card_posted_before_a_group_moved_is_corrected_once_in_its_place(scene: Scene) -> None:
    memberships = Memberships([command("settings", scene.card)], scene.services, cast(Any, scene.delivery))
    old = {"id": -5, "type": "group", "title": "g"}
    told = (
        tells(group(), status("left"), status("member")),
        message(chat=old, migrate_to_chat_id=GROUP),
        message(chat=group(), migrate_from_chat_id=-5),
    )
    for change in map(changed, told):
        assert change is not None
        await memberships.note(change)
    places = [place for _, place in scene.delivery.brought]
    assert places == [Place(GROUP, ChatKind.GROUP), Place(GROUP, ChatKind.GROUP, pressed=1)]


async def test_strangers_get_no_card_from_a_private_bot(scene: Scene) -> None:
    await scene.hears(tells(group(), status("left"), status("member")), allowed_users=frozenset({ANA + 1}))
    assert scene.delivery.brought == []
    await scene.hears(tells(group(), status("left"), status("member")), allowed_users=frozenset({ANA}))
    assert len(scene.delivery.brought) == 1


async def test_a_bot_without_settings_posts_none(scene: Scene) -> None:
    await scene.hears(tells(group(), status("left"), status("member")), names=("hedge",))
    assert scene.delivery.brought == []


async def test_what_is_known_is_stored_before_the_card_is_made() -> None:
    scene = Scene()
    seen: list[bool] = []

    async def look(call: Call, given: Services) -> Reply:
        seen.append(await given.chat_book.find(GROUP) is not None)
        return Reply("card")

    memberships = Memberships([command("settings", look)], scene.services, cast(Any, scene.delivery))
    await memberships.note(replace(presence(group(), status("left"), status("member"))))
    assert seen == [True]
