"""`How?` and `Chart` of /funding: with the figures that the answer had, whatever is said later."""

import json
from dataclasses import replace

import pytest
from pydantic import ValidationError

from chatbot.command import Services
from chatbot.core.errors import NotPossible
from chatbot.messenger.markup import LONGEST_CAPTION, visible_length
from handlers.funding.explaining import depict, explain
from tests.fakes import FakeAnswers
from tests.handlers.funding.samples import BITCOIN, ask, asked, at, depicted, explained, lines
from tests.samples import NOW

KINDS = {
    "/funding": "overview",
    "/funding BTC": "exchanges",
    "/funding BTC 90d": "history",
    "/funding map": "map",
}


def kept(services: Services) -> str:
    assert isinstance(services.answers, FakeAnswers)
    return list(services.answers.kept.values())[-1].plan_json


@pytest.mark.parametrize(("line", "kind"), KINDS.items())
async def test_every_answer_is_kept_as_its_kind_and_explained_in_a_new_message(line: str, kind: str) -> None:
    services = asked()
    await ask(line, services)
    assert json.loads(kept(services))["kind"] == kind
    told = explained(services)
    assert told.is_new_message
    assert told.text.startswith("<b>How ")
    assert visible_length(told.text) <= 4096


async def test_the_explanation_has_the_figures_of_then() -> None:
    services = asked()
    await ask("/funding BTC", services)
    before = kept(services)
    await ask("/funding BTC", replace(services, market=asked(at("binance", "0.0009")).market))
    assert "per 8h: +0.0100 % × 8 ÷ 8 = +0.0100 %" in lines(explain(before))
    assert kept(services) != before


async def test_four_hours_are_doubled_and_a_year_is_counted_in_hours() -> None:
    services = asked(at("okx", "-0.0001", 4))
    await ask("/funding BTC", services)
    told = lines(explained(services))
    # 8760 / 4 = 2,190 charges of 0.01 %
    assert "per 8h: −0.0100 % × 8 ÷ 4 = −0.0200 %" in told
    assert "a year: −0.0100 % × 8,760 ÷ 4 = −21.90 %, simple" in told


async def test_without_an_interval_there_is_no_arithmetic_to_show() -> None:
    services = asked(at("gate", "0.0005", None))
    await ask("/funding BTC", services)
    told = lines(explained(services))
    assert "Without its interval a rate has no figure per 8h and none a year." in told
    assert not any("8,760" in line for line in told)


async def test_one_exchange_alone_has_no_spread_to_explain() -> None:
    services = asked()
    await ask("/funding BTC bybit", services)
    assert not any("four taker fees" in line for line in lines(explained(services)))


async def test_a_spread_that_earns_nothing_is_not_divided_by() -> None:
    services = asked(at("binance", "0.0001"), at("bybit", "0.0001"))
    await ask("/funding BTC", services)
    assert "A day earns nothing, so the fees never come back." in lines(explained(services))


async def test_there_is_no_chart_of_what_is_a_picture_or_a_list() -> None:
    for line in ("/funding BTC 90d", "/funding map", "/funding"):
        services = asked()
        await ask(line, services)
        with pytest.raises(NotPossible):
            depicted(services)


async def test_the_chart_leads_with_what_its_answer_led_with() -> None:
    services = asked()
    answered = await ask("/funding BTC", services)
    chart = depicted(services)
    assert lines(chart)[0] == lines(answered)[0]
    assert visible_length(chart.text) <= LONGEST_CAPTION
    assert chart.is_new_message


async def test_a_chart_of_what_cannot_be_compared_has_no_figure() -> None:
    services = asked(at("gate", "0.0005", None))
    await ask("/funding BTC", services)
    picture = depicted(services).picture
    assert picture is not None
    assert [value for _, value in picture.figures][:2] == ["?", "?"]


async def test_an_answer_of_another_version_is_not_guessed_at() -> None:
    services = asked(*BITCOIN)
    await ask("/funding BTC", services)
    plan = json.loads(kept(services))
    del plan["plan"]["rows"]
    for tell in (explain, depict):
        with pytest.raises(ValidationError):
            tell(json.dumps(plan))
    with pytest.raises(NotPossible):
        explain(json.dumps({"kind": "weather", "plan": {}}))


async def test_an_answer_is_kept_with_its_line_and_its_time() -> None:
    services = asked()
    await ask("/funding bybit BTC", services)
    assert isinstance(services.answers, FakeAnswers)
    (answer,) = services.answers.kept.values()
    assert (answer.command, answer.line, answer.answered_at) == ("funding", "/funding BTC bybit", NOW)
