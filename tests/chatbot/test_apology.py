"""What a user reads when there is no answer."""

from datetime import UTC, datetime, timedelta

from chatbot.apology import apologise, bug, too_slow
from chatbot.command import Button
from chatbot.core.errors import MarketUnavailable, NotPossible, Outage, Suggestion, UserMistake

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def test_a_mistake_is_one_sentence_with_the_corrected_command_as_a_button() -> None:
    mistake = UserMistake('I don\'t know "etthereum".', [Suggestion("ETH", "/hedge ETH")])
    reply = apologise(mistake, NOW)
    assert reply.text == 'I don\'t know "etthereum".'
    assert reply.buttons == ((Button("ETH", "/hedge ETH"),),)
    assert reply.failure is mistake


def test_what_somebody_typed_is_escaped() -> None:
    assert apologise(UserMistake('I don\'t know "<b>&".'), NOW).text == 'I don\'t know "&lt;b&gt;&amp;".'


def test_ten_thousand_typed_characters_do_not_fill_the_screen() -> None:
    reply = apologise(UserMistake("x" * 10_000, [Suggestion("y" * 10_000, "/y")]), NOW)
    assert len(reply.text) == 1000
    assert len(reply.buttons[0][0].label) == 40


def test_short_labels_share_a_row_and_long_ones_do_not() -> None:
    short = apologise(UserMistake("?", [Suggestion(f"{n}x", f"/hedge {n}x") for n in (1, 2, 3, 5)]), NOW)
    assert [len(row) for row in short.buttons] == [3, 1]
    long = apologise(
        UserMistake("?", [Suggestion("short 5 ETH on Bybit", "/a"), Suggestion("on OKX instead", "/b")]), NOW
    )
    assert [len(row) for row in long.buttons] == [1, 1]


def test_a_failed_market_says_which_exchange_why_since_when_and_whether_to_try_again() -> None:
    problem = MarketUnavailable(
        "No exchange answered.",
        [
            Outage("OKX", "does not answer", NOW - timedelta(minutes=12, seconds=30)),
            Outage("Gate", "refuses this country", can_retry=False),
            Outage("Bybit", "too many requests", NOW - timedelta(seconds=20)),
        ],
    )
    reply = apologise(problem, NOW, "/hedge 10 ETH")
    assert reply.text.splitlines() == [
        "No exchange answered.",
        "• OKX does not answer (12 min so far)",
        "• Gate refuses this country; trying again will not help",
        "• Bybit too many requests (less than a minute so far)",
    ]
    assert reply.buttons == ((Button("Try again", "/hedge 10 ETH"),),)


def test_nothing_is_offered_again_where_waiting_does_not_help_or_repeating_may_do_harm() -> None:
    blocked = MarketUnavailable("No.", [Outage("Gate", "refuses this country", can_retry=False)])
    assert apologise(blocked, NOW, "/hedge").buttons == ()
    assert apologise(MarketUnavailable("No."), NOW).buttons == ()
    assert apologise(NotPossible("Below the smallest order."), NOW, "/hedge").buttons == ()


def test_a_bug_says_whose_fault_it_is_and_its_number() -> None:
    failure = ZeroDivisionError()
    reply = bug(4711, failure)
    assert "the bot's fault" in reply.text
    assert "<code>4711</code>" in reply.text
    assert reply.failure is failure
    assert bug(4711).failure is not None


def test_an_answer_that_takes_too_long_says_how_long_was_waited() -> None:
    assert "30 seconds" in too_slow(30, TimeoutError()).text
