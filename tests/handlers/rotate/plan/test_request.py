"""How a rotation is written: sides, amounts, options in any order, and what is not understood."""

from datetime import timedelta
from decimal import Decimal

import pytest

from chatbot.core.errors import UserMistake
from chatbot.core.rotation.sectors import sectors_of
from handlers.rotate import ANSWERS
from handlers.rotate.plan.request import PlanRequest, Subject, is_plan, line, parse
from handlers.rotate.request import SUBJECTS

COINS = frozenset({"UNI", "FET", "SOL", "GATE", "BTC", "ETH", "AI", "1INCH", "ONE", "KEEP"})
EXCHANGES = ("binance", "bybit", "gate")
SECTORS = tuple(sectors_of(()))
UNI, FET = Subject("UNI"), Subject("FET")


def read(words: str) -> PlanRequest:
    return parse(words, COINS, EXCHANGES, SECTORS)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("UNI FET $5k", PlanRequest(UNI, FET, amount_usd=Decimal(5000))),
        ("uni to fet 5000 usd", PlanRequest(UNI, FET, amount_usd=Decimal(5000))),
        ("$5k of UNI into FET", PlanRequest(UNI, FET, amount_usd=Decimal(5000))),
        ("UNI FET 5k USDT", PlanRequest(UNI, FET, amount_usd=Decimal(5000))),
        ("UNI FET half", PlanRequest(UNI, FET, share=Decimal("0.5"))),
        ("sell UNI buy FET half", PlanRequest(UNI, FET, share=Decimal("0.5"))),
        ("100 UNI FET", PlanRequest(UNI, FET, amount_base=Decimal(100))),
        ("UNI FET 100 UNI", PlanRequest(UNI, FET, amount_base=Decimal(100))),
        ("0.5btc fet", PlanRequest(Subject("BTC"), FET, amount_base=Decimal("0.5"))),
        ("UNI FET", PlanRequest(UNI, FET)),
        ("UNI->FET half", PlanRequest(UNI, FET, share=Decimal("0.5"))),
        ("UNI → FET half anyway", PlanRequest(UNI, FET, share=Decimal("0.5"), is_anyway=True)),
        ("defi ai 10%", PlanRequest(Subject("defi", True), Subject("ai", True), share=Decimal("0.1"))),
        ("layer 1 #AI 10%", PlanRequest(Subject("layer 1", True), Subject("AI"), share=Decimal("0.1"))),
        ('"layer 1" ai 10%', PlanRequest(Subject("layer 1", True), Subject("ai", True), share=Decimal("0.1"))),
        ("l1 l2 10%", PlanRequest(Subject("layer 1", True), Subject("layer 2", True), share=Decimal("0.1"))),
        ("bitcoin ecosystem FET $1k", PlanRequest(Subject("bitcoin ecosystem", True), FET, amount_usd=Decimal(1000))),
        ("1INCH FET $1k", PlanRequest(Subject("1INCH"), FET, amount_usd=Decimal(1000))),
        ("UNI GATE $1k gate", PlanRequest(UNI, Subject("GATE"), amount_usd=Decimal(1000), exchange="gate")),
        ("on gate UNI FET $1k", PlanRequest(UNI, FET, amount_usd=Decimal(1000), exchange="gate")),
        ("UNI FET $1k 6 stages", PlanRequest(UNI, FET, amount_usd=Decimal(1000), stages=6)),
        (
            "UNI FET $1k stages=2 hedge=50% 3x bybit 7d keep perp",
            PlanRequest(
                UNI,
                FET,
                amount_usd=Decimal(1000),
                stages=2,
                hedge_share=Decimal("0.5"),
                leverage=Decimal(3),
                exchange="bybit",
                horizon=timedelta(days=7),
                keeps_short=True,
                is_by_futures=True,
            ),
        ),
    ],
)
def test_a_line_is_read_and_written_back(words: str, expected: PlanRequest) -> None:
    assert read(words) == expected
    assert read(line(expected).removeprefix("/rotate ")) == expected


@pytest.mark.parametrize(
    ("words", "sentence", "offered"),
    [
        ("UNI UNI $5k", "UNI into UNI is no rotation.", "/rotate UNI BTC $5k"),
        ("UNI $5k", "UNI into what? The first is sold, the second bought.", "/rotate UNI BTC $5k"),
        ("$5k", "From which coin or sector into which?", "/rotate UNI FET $5k"),
        ("UNI FET SOL $5k", "From one into one other, not UNI, FET, SOL.", "/rotate UNI FET $5k"),
        ("UNI and FET into SOL $5k", "From one into one other, not UNI, FET, SOL.", "/rotate FET SOL $5k"),
        ("UNII FET $5k", 'I don\'t know "UNII". Did you mean UNI?', "/rotate UNI FET $5k"),
        ("UNI gamingg $5k", 'I don\'t know "gamingg". Did you mean gaming?', "/rotate UNI gaming $5k"),
        ("chek FET", 'I don\'t know "chek". Did you mean check?', "/rotate check FET"),
        ("exts UNI FET", 'I don\'t know "exts". Did you mean exits?', "/rotate exits UNI FET"),
        ("XQZW FET $5k", "No exchange here lists XQZW.", "/help rotate"),
        (
            "UNI USDT $5k",
            "USDT counts as cash here: this is a sale of UNI. A short can bridge it until then.",
            "/hedge $5000 UNI 30%",
        ),
        (
            "100 UNI USDC hedge=50%",
            "USDC counts as cash here: this is a sale of UNI. A short can bridge it until then.",
            "/hedge 100 UNI 50%",
        ),
        ("defi USDT 50%", "USDT counts as cash here: this is a sale of defi.", "/rotate exits defi"),
        (
            "USDT FET $5k",
            "USDT counts as cash here: this is a purchase of FET, with nothing to bridge. Its entry can be checked.",
            "/rotate check FET $5000",
        ),
        (
            "5000 USDT ai",
            "USDT counts as cash here: this is a purchase of ai, with nothing to bridge. Its entry can be checked.",
            "/rotate check ai $5000",
        ),
        ("USDT USDC $5k", "USDT and USDC both count as cash here.", "/rotate UNI FET $5k"),
        ("UNI,SOL FET $5k", "One coin at a time is sold, or a sector.", "/rotate SOL FET $5k"),
        ("UNI FET $5k hedge=-10%", "hedge=-10%: it must not be below zero.", "/rotate UNI FET $5k hedge=10%"),
        ("UNI FET $5k stages=2.5", "Stages are counted whole, 1 to 24.", "/rotate UNI FET $5000 stages=3"),
        ("UNI FET 0%", "0%: it must be more than zero.", "/rotate UNI FET $5k"),
        ("UNI FET $0", "$0: it must be more than zero.", "/rotate UNI FET $5k"),
        ("UNI FET $-5k", "$-5k: it must be more than zero.", "/rotate UNI FET $5k"),
        ("UNI FET -$5k", "-$5k: it must be more than zero.", "/rotate UNI FET $5k"),
        ("UNI FET 500", "500 of what? A value has a $, a share a %; both are more than zero.", "/rotate UNI FET $500"),
        ("UNI FET 0", "0 of what? A value has a $, a share a %; both are more than zero.", "/rotate UNI FET $5k"),
        (
            "UNI FET $500 4",
            "4 of what? A value has a $, a share a %; both are more than zero.",
            "/rotate UNI FET $500 stages=4",
        ),
        ("UNI/FET $500", 'I don\'t know "UNI/FET". The two have a space between them.', "/rotate UNI FET $500"),
        ("UNI FET 150%", "150% is more than all of it.", "/rotate UNI FET 100%"),
        ("UNI 100 FET", "The amount is that of what is sold, UNI: what it brings buys FET.", "/rotate UNI FET"),
        ("UNI FET $5k 50%", "How much: one of these.", "/rotate UNI FET 50%"),
        ("UNI FET $5k stages=0.5", "1 to 24 stages.", "/rotate UNI FET $5000 stages=1"),
        ("UNI FET $5k stages=99", "1 to 24 stages.", "/rotate UNI FET $5000 stages=24"),
        ("UNI FET $5k hedge=130%", "More than all of it would be over-hedged.", "/rotate UNI FET $5000 hedge=100%"),
        ("UNI FET $5k hedge=30", "hedge= is a percentage.", "/rotate UNI FET $5k hedge=30%"),
        ("UNI FET $5k 200d", "A rotation takes up to 90 days.", "/rotate UNI FET $5000 90d"),
        (
            "UNI FET $1,5",
            '"1,5" can be read in two ways: commas part thousands, a point parts decimals.',
            "/rotate UNI FET $1.5",
        ),
        ("UNI FET $5k via BTC", 'I don\'t know "via".', "/help rotate"),
    ],
)
def test_a_mistake_comes_with_the_corrected_line(words: str, sentence: str, offered: str) -> None:
    with pytest.raises(UserMistake) as caught:
        read(words)
    assert caught.value.sentence == sentence
    assert offered in [each.command for each in caught.value.suggestions]


def test_of_a_coin_that_is_held_the_amount_is_asked_for_next() -> None:
    with pytest.raises(UserMistake) as caught:
        parse("FET $5k", COINS, EXCHANGES, SECTORS, held=("FET",))
    assert [each.command for each in caught.value.suggestions][:2] == ["/rotate FET BTC", "/rotate FET ETH"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [("UNI FET $5k", True), ("UNI", True), ("defi ai", True), ("$5k", True), ("memez", False), ("what leads", False)],
)
def test_a_line_with_a_coin_a_sector_or_an_amount_is_a_rotation(words: str, expected: bool) -> None:
    assert is_plan(words, COINS, SECTORS) is expected


@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_coin_that_is_called_like_another_question_is_written_with_its_sign(subject: str) -> None:
    """/rotate NEW FET $5k asks for new listings."""
    coin = subject.upper()
    request = parse(f"#{coin} FET $5k", frozenset({*COINS, coin}), EXCHANGES, SECTORS)
    assert line(request) == f"/rotate #{coin} FET $5000"


def test_every_other_question_has_an_answer() -> None:
    assert set(ANSWERS) == set(SUBJECTS)
