"""Killed at any moment and started again: nothing asked is lost, nothing is changed twice."""

from pathlib import Path

import pytest

from tests.chatbot.messenger.killed_receiver import check, kill

pytestmark = pytest.mark.xdist_group("processes")


@pytest.mark.parametrize(("kills", "by_webhook"), [(3, False), (2, True)], ids=["polling", "webhook"])
async def test_a_bot_that_is_killed_answers_everything_and_changes_everything_once(
    tmp_path: Path, kills: int, by_webhook: bool
) -> None:
    counted = await kill(tmp_path, kills, by_webhook=by_webhook)
    assert counted.kills == kills
    check(counted)
