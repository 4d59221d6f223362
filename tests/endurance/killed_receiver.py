"""A hundred kills and more, polled for and called by webhook. Its name keeps it out of the normal suite."""

from pathlib import Path

import pytest

from tests.chatbot.messenger.killed_receiver import check, kill


@pytest.mark.parametrize(("kills", "by_webhook"), [(100, False), (50, True)], ids=["polling", "webhook"])
async def test_over_many_kills_nothing_is_lost_and_nothing_changed_twice(
    tmp_path: Path, kills: int, by_webhook: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    counted = await kill(tmp_path, kills, by_webhook=by_webhook)
    with capsys.disabled():
        asked = sum(counted.asked.values())
        print(f"\n{counted.kills} kills: {asked} questions, all answered, {counted.twice} answers said again")  # noqa: T201 - the figures are what it is run for
    assert counted.kills == kills
    check(counted)
