"""A group's one message: what it says, that it fits, and that nobody's business is in it."""

from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from chatbot.command import ChatSettings, Digest
from chatbot.core.alerts.parcels import DigestLine
from chatbot.core.alerts.rules import RateLine
from chatbot.core.chats import Language
from chatbot.messenger import plain_text
from chatbot.messenger.markup import visible_length
from handlers.funding.alerts import TELLING
from tests.samples import NOW, d

HOUR = timedelta(hours=1)
LONGEST = 4096


def line(coin: str = "BTC", rate: str = "0.001234", hours: int | None = 8, exchange: str = "bybit") -> RateLine:
    interval = None if hours is None else hours * HOUR
    per_eight_hours = None if hours is None else d(rate) * 8 / hours
    return RateLine(coin, exchange, d(rate), interval, per_eight_hours, NOW + HOUR)


FLIPPED = replace(line("SOL", "0.0002"), before_per_eight_hours=d("-0.0001"))
SHORTER = replace(line("PEPE", "0.0001", 4, "gate"), before_interval=8 * HOUR)
DIGEST = Digest(
    chat_id=-5,
    settled_at=NOW - 4 * HOUR,
    lines=(
        DigestLine("extreme", line()),
        DigestLine("extreme", line("ETH", "-0.0004", 4, "binance")),
        DigestLine("extreme", line("DOGE"), is_over=True),
        DigestLine("flip", FLIPPED),
        DigestLine("interval", SHORTER),
    ),
    source="Bybit, Binance",
    as_of=NOW - timedelta(minutes=2),
)


def test_extremes_flips_and_intervals_each_have_their_part_and_what_is_over_is_struck_through() -> None:
    # -0.04 % every 4 h is -0.08 % per 8 h; the settlement of 08:00 UTC is 09:00 in Berlin
    reply = TELLING.digest(DIGEST, ChatSettings(zone="Europe/Berlin"), NOW)
    assert reply.text.splitlines() == [
        "<b>Funding since the settlement of 09:00 CET</b>",
        "<b>Extremes</b>",
        "BTC +0.1234 % · Bybit",
        "ETH −0.0800 % · Binance, every 4 h",
        "<s>DOGE +0.1234 % · Bybit</s>",
        "<b>Changed sides</b>",
        "SOL −0.0100 % → +0.0200 % · Bybit",
        "<b>New intervals</b>",
        "PEPE 8 h → 4 h · Gate",
        "Per 8 h. +: longs pay shorts, −: shorts pay longs.",
        "<i>Bybit, Binance · as of 12:58 CET</i>",
    ]


def test_its_buttons_open_the_private_chat_so_that_no_answer_takes_its_place() -> None:
    (row,) = TELLING.digest(DIGEST, ChatSettings(), NOW).buttons
    assert [(button.label, button.command, button.is_private) for button in row] == [
        ("For my holdings", "/portfolio", True),
        ("All extremes", "/funding", True),
    ]


def test_it_is_written_in_the_language_of_the_group() -> None:
    german = plain_text(TELLING.digest(DIGEST, ChatSettings(language=Language.GERMAN), NOW)).splitlines()
    assert german[0] == "Funding seit der Abrechnung um 08:00 UTC"
    assert "Je 8 h. +: Longs zahlen an Shorts, −: Shorts zahlen an Longs." in german


def test_what_may_have_been_seen_says_so() -> None:
    lines = (
        DigestLine("extreme", line(), perhaps_seen=True),
        DigestLine("extreme", line("A"), True, perhaps_seen=True),
    )
    told = TELLING.digest(replace(DIGEST, lines=lines), ChatSettings(), NOW).text.splitlines()
    assert told[2:4] == [
        "BTC +0.1234 % · Bybit (perhaps seen already)",
        "<s>A +0.1234 % · Bybit</s> (perhaps seen already)",
    ]


def test_when_all_is_over_it_says_so() -> None:
    over = replace(DIGEST, lines=(DigestLine("extreme", line(), is_over=True),))
    assert "Nothing is beyond the level now." in TELLING.digest(over, ChatSettings(), NOW).text


def test_an_unknown_interval_is_named() -> None:
    odd = replace(DIGEST, lines=(DigestLine("extreme", line(hours=None)),))
    assert "BTC +0.1234 % · Bybit, interval unknown" in TELLING.digest(odd, ChatSettings(), NOW).text


class Balanced(HTMLParser):
    """Raises where a tag is closed that is not the one open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in {"b", "i", "s"}
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


# Two units of UTF-16 each, which is what Telegram counts, are the letters beyond these: no coin is named in them.
names = st.text(st.characters(codec="utf-8", max_codepoint=0xFFFF), min_size=1, max_size=30)
lines = st.builds(
    DigestLine,
    st.sampled_from(["extreme", "flip", "interval"]),
    st.builds(
        line,
        names,
        st.decimals("-0.03", "0.03", places=8).map(str),
        st.none() | st.sampled_from([1, 4, 8]),
        names,
    ),
    st.booleans(),
)


@given(st.lists(lines, max_size=150), names, st.sampled_from(Language))
def test_it_never_exceeds_a_message_and_is_valid_html(rows: list[DigestLine], source: str, language: Language) -> None:
    digest = replace(DIGEST, lines=tuple(rows), source=source)
    text = TELLING.digest(digest, ChatSettings(language=language), NOW).text
    checked = Balanced()
    checked.feed(text)
    assert not checked.open
    assert visible_length(text) <= len(text) <= LONGEST
