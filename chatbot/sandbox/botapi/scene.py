"""What the page shows: Ana and Ben with their private chats, a forum, a small group and a channel, all without the bot.

Ana rules the groups and the channel; Ben is a member. Nothing here tells the bot anything: people do, on the page.
"""

from chatbot.sandbox.botapi.people import USER, People

ANA = USER
BEN = USER + 1
FORUM = -1_002_000_000_001
SMALL_GROUP = -2_000_001
CHANNEL = -1_003_000_000_001


def set_scene(people: People) -> None:
    """Bring them all in."""
    for user_id, first_name in ((ANA, "Ana"), (BEN, "Ben")):
        people.state.person(user_id)["first_name"] = first_name
    people.at_phone = (ANA, BEN)
    people.add_group(FORUM, "Funding desk", administrators=[ANA], members=[BEN], is_forum=True, has_bot=False)
    people.add_topic(FORUM, "Funding", user_id=ANA)
    people.add_group(SMALL_GROUP, "Small group", administrators=[ANA], members=[BEN], has_bot=False)
    people.add_channel(CHANNEL, "Rates", administrators=[ANA], members=[BEN])
