"""Killed at any moment and started again: no alert is lost, none stored as told is told again."""

from pathlib import Path

import pytest

from tests.chatbot.messenger.killed_sender import check, kill

pytestmark = pytest.mark.xdist_group("processes")


async def test_a_sender_that_is_killed_tells_every_alert_and_marks_what_may_have_been_seen(tmp_path: Path) -> None:
    counted = await kill(tmp_path, 5)
    assert counted.kills == 5
    check(counted)
