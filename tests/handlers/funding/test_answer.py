"""Every answer of /funding together: what its buttons carry is understood, and it fits a phone."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from wcwidth import wcswidth

from chatbot.charts import draw
from chatbot.command import Button, ChatKind, Reply, Services
from chatbot.core.charges import LastCharge
from chatbot.core.chats import ChatSettings
from chatbot.core.errors import MarketUnavailable, NotPossible, Outage, Problem, UserMistake
from chatbot.core.markets import Snapshot
from chatbot.core.portfolio import Holding, Portfolio
from chatbot.messenger.markup import LONGEST_CAPTION, visible_length
from handlers.answers import chart_command, how_command
from handlers.funding import FUNDING
from handlers.hedge import HEDGE
from tests.fakes import ASKER, FakeCharges, FakeMarket, FakePortfolios, FakeSettings, call, services
from tests.handlers.funding.samples import HOUR, ask, asked, at, commands, lines
from tests.samples import NOW, d, funding

NAMES = ("binance", "bybit", "okx", "hyperliquid", "gate", "bitget", "kucoinfutures", "mexc", "bingx", "deribit")
GONE = (Outage("krakenfutures", "refused"), Outage("weex", "did not answer in time"))
LINES = ("/funding", "/funding bybit", "/funding BTC", "/funding BTC bybit", "/funding BTC 90d", "/funding map")
COMMANDS = {each.name: each for each in (FUNDING, HEDGE, how_command((FUNDING,)), chart_command((FUNDING,)))}
LONGEST_MESSAGE = 4096
LONGEST_LABEL_COLUMNS = 24  # of three in a row


def everything() -> tuple[Snapshot, ...]:
    """Bitcoin on ten exchanges, of all kinds at once, and coins with odd names."""
    old = at("bitget", "0.0002")
    rate = replace(funding("0.0002"), as_of=NOW - timedelta(minutes=7))
    return (
        *(at(each, f"-0.00{place}1", 1) for place, each in enumerate(NAMES[:3])),
        *(at(each, f"0.00{place}1", 4, is_inverse=True) for place, each in enumerate(NAMES[:3])),
        at("hyperliquid", "-0.0000125", 1, settled="-0.0009"),
        at("gate", "0.002", None),
        replace(old, funding=rate),
        at("kucoinfutures", "0.25", 1),
        replace(at("mexc", None), history=None),
        at("bingx", "0.0001", price="70000"),
        at("deribit", "0.00005", is_inverse=True),
        at("okx", "0.0011", coin="ALL"),
        at("okx", "0.0012", coin="MAP"),
        at("okx", "0.0013", coin="FLIP"),
        at("okx", "0.0014", coin="W"),
        at("okx", "-0.0015", coin="1INCH"),
        at("okx", "-0.0016", coin="币安人生币安人生"),
        at("hyperliquid", "-0.0029", 1, coin="FARTCOINCOIN"),
    )


def given() -> Services:
    """All of it, with exchanges that do not answer, flips, new intervals, and holdings."""
    found = asked(*everything(), outages=GONE, exchanges=(*NAMES, "krakenfutures", "weex"))
    assert isinstance(found.charges, FakeCharges)
    assert isinstance(found.portfolios, FakePortfolios)
    coming = NOW + 4 * HOUR
    for coin in ("ALL", "MAP", "FLIP", "W"):
        key = ("okx", f"{coin}/USDT:USDT")
        before = LastCharge(coming, d("0.001"), 8 * HOUR, coming - 4 * HOUR, d("-0.0001"), 4 * HOUR)
        found.charges.charges = {**found.charges.charges, key: before}
    found.portfolios.held[ASKER] = Portfolio(tuple(Holding(coin, d(5)) for coin in ("ALL", "W", "1INCH", "BTC")))
    return found


def buttons(reply: Reply) -> list[Button]:
    return [button for row in reply.buttons for button in row if button.command]


async def pressed(command: str, services: Services) -> Reply:
    name, _, _ = command.removeprefix("/").partition(" ")
    return await COMMANDS[name].answer(call(command), services)


async def is_understood(command: str, services: Services) -> bool:
    """What is understood may not be possible, or be asked back: how many?"""
    try:
        await pressed(command, services)
    except UserMistake as mistake:
        return mistake.sentence.startswith("How many")
    except NotPossible:
        return True
    return True


@pytest.mark.parametrize("chat_kind", [ChatKind.PRIVATE, ChatKind.GROUP])
@pytest.mark.parametrize("line", [*LINES, "/funding #ALL", "/funding #MAP", "/funding FLIP", "/funding #1INCH 30d"])
async def test_every_button_is_a_line_that_is_understood(line: str, chat_kind: ChatKind) -> None:
    services = given()
    reply = await ask(line, services, chat_kind=chat_kind)
    assert buttons(reply)
    for button in buttons(reply):
        assert await is_understood(button.command, services), button.command


WRONG = (
    "/funding XYZQ",
    "/funding btcc",
    "/funding BTC BingX weex",
    "/funding #1INCH bybit",
    "/funding GATE",
    "/funding #ALL bybit",
    "/funding BTC weex",
    "/funding BTC 5000d",
    "/funding BTC 0d",
    "/funding BTC 90",
    "/funding 10 BTC",
    "/funding $10k BTC",
    "/funding 1,5 BTC",
    "/funding half BTC",
    "/funding 50%",
    "/funding all",
    "/funding BTC carry",
    "/funding BTC > 0.05%",
    "/funding map ETH 30d",
)


async def corrections(line: str, services: Services) -> list[str]:
    """What the reply to a line that cannot be answered offers; it must say something, and offer something."""
    with pytest.raises(Problem) as caught:
        await ask(line, services)
    assert caught.value.sentence
    assert caught.value.suggestions, line
    return [tip.command for tip in caught.value.suggestions]


@pytest.mark.parametrize("line", WRONG)
async def test_every_line_that_is_offered_instead_is_understood(line: str) -> None:
    services = given()
    for offered in await corrections(line, services):
        assert offered.startswith("/help") or await is_understood(offered, services), offered


def printed(reply: Reply) -> Iterator[str]:
    for part in reply.text.split("<pre>")[1:]:
        yield from part.split("</pre>")[0].replace("&amp;", "&").splitlines()


@pytest.mark.parametrize("line", LINES)
async def test_an_answer_fits_a_phone(line: str) -> None:
    reply = await ask(line, given())
    assert max((wcswidth(each) for each in printed(reply)), default=0) <= 30
    assert len(reply.text.split("<blockquote")[0].splitlines()) <= 12
    assert visible_length(reply.text) <= (LONGEST_MESSAGE if reply.picture is None else LONGEST_CAPTION)
    labels = [button.label for row in reply.buttons if len(row) > 2 for button in row]
    assert max(map(wcswidth, labels), default=0) <= LONGEST_LABEL_COLUMNS


@pytest.mark.parametrize("line", LINES)
async def test_the_first_line_is_the_answer_and_the_last_one_the_source(line: str) -> None:
    first, *_, last = lines(await ask(line, given()))
    assert "%" in first
    assert any(word in first for word in ("pay", "received", "paid", "Highest"))
    assert last.endswith(("just now", " ago"))


@pytest.mark.parametrize("line", LINES)
async def test_no_number_is_written_for_machines(line: str) -> None:
    text = (await ask(line, given())).text
    assert re.search(r"\b(nan|None|inf|Decimal)\b|\d[eE][+-]|-\d|−0(\.0+)?(?![.\d])", text) is None


@pytest.mark.parametrize("line", ["/funding", "/funding BTC", "/funding map"])
async def test_exchanges_that_are_missing_are_counted(line: str) -> None:
    assert "⚠ 2 of 12 exchanges missing: Kraken, WEEX" in lines(await ask(line, given()))


async def test_what_cannot_be_compared_is_named_and_cannot_lead() -> None:
    told = lines(await ask("/funding BTC", given()))
    assert "⚠ Suspicious (!), not ranked: KuCoin, BingX" in told
    assert "⚠ Interval unknown, not ranked: Gate" in told
    assert "⚠ No rate came in time: MEXC" in told
    assert "⚠ Older than a minute: Bitget (7 minutes)" in told


async def test_rows_in_the_middle_are_counted_where_they_are_not_shown() -> None:
    above, _, details = (await ask("/funding BTC", given())).text.partition("<blockquote expandable>")
    # headline, charge, spread and five cautions are eight lines; the head makes nine; two rows and the mark remain
    highest, mark, lowest = above.split("<pre>")[1].split("</pre>")[0].splitlines()[1:]
    assert mark.split() == ["…", "11", "more"]
    # 0.21 % every 4 h of what is ranked, and -0.21 % an hour
    assert highest.split()[:3] == ["OKX", "inv", "+0.4200"]
    assert lowest.split()[:2] == ["OKX", "−1.6800"]
    assert all(name in details for name in ("Bybit inv", "Hyperliq.", "Deribit inv"))


@pytest.mark.parametrize("line", ["/funding map", "/funding BTC 90d"])
async def test_pictures_are_drawn_without_a_warning(line: str) -> None:
    reply = await ask(line, given())
    assert reply.picture is not None
    assert draw(reply.picture).startswith(b"\x89PNG")


async def test_chart_of_every_exchange_is_drawn_and_its_caption_fits() -> None:
    services = given()
    (chart,) = [each for each in commands(await ask("/funding BTC", services)) if each.startswith("/chart")]
    reply = await pressed(chart, services)
    assert reply.picture is not None
    assert visible_length(reply.text) <= LONGEST_CAPTION
    assert draw(reply.picture).startswith(b"\x89PNG")


@pytest.mark.parametrize("line", LINES)
async def test_in_a_group_nothing_tells_what_anybody_holds(line: str) -> None:
    """The same reply whoever asks, holding whatever; what is about holdings is asked for in private."""
    rich, poor = given(), given()
    assert isinstance(poor.portfolios, FakePortfolios)
    poor.portfolios.held.clear()
    group = {"chat_kind": ChatKind.GROUP, "chat_id": -100}
    replies = [await ask(line, services, **group) for services in (rich, poor)]
    assert replies[0] == replies[1]
    assert all(button.is_private for button in buttons(replies[0]) if button.command.startswith("/hedge"))


async def test_a_chat_is_answered_by_its_own_settings() -> None:
    services = given()
    assert isinstance(services.settings, FakeSettings)
    services.settings.chosen[-100] = replace(ChatSettings(), exchange="okx")
    told = lines(await ask("/funding BTC 30d", services, chat_kind=ChatKind.GROUP, chat_id=-100))
    assert told[1].startswith("OKX, ")


@pytest.mark.parametrize("line", ["/funding", "/funding BTC", "/funding map"])
async def test_the_first_line_says_when_all_is_older_than_a_minute(line: str) -> None:
    services = replace(given(), now=lambda: NOW + timedelta(minutes=3))
    assert lines(await ask(line, services))[0].startswith("3 minutes old. ")


@pytest.mark.parametrize("words", ["", " BTC", " BTC 90d", " map", " carry BTC $10k", " roll BTC"])
async def test_with_no_exchange_at_all_nothing_is_said_not_to_be_listed(words: str) -> None:
    with pytest.raises(MarketUnavailable, match="No exchange can be reached") as caught:
        await FUNDING.answer(call(f"/funding{words}"), services(FakeMarket(is_down=True)))
    assert len(caught.value.outages) == 4
