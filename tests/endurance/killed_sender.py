"""A hundred kills of the sender and more. Its name keeps it out of the normal suite."""

from pathlib import Path

import pytest

from tests.chatbot.messenger.killed_sender import check, kill


async def test_over_many_kills_no_alert_is_lost_and_none_stored_as_told_is_told_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    counted = await kill(tmp_path, 120)
    marked = sum(value in counted.arrived for value in counted.arrived_marked)
    with capsys.disabled():
        print(f"\n{counted.kills} kills: {len(counted.fired)} alerts, all told, {marked} of them twice and marked so")  # noqa: T201 - the figures are what it is run for
    assert counted.kills == 120
    assert marked  # some kills came between Telegram's taking it and our storing so
    check(counted)
