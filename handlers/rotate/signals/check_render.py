"""How an entry check looks on a phone: ticks and crosses with numbers, and the questions that data cannot answer."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from chatbot.command import Button, Reply
from chatbot.core.markets import exchange_name
from chatbot.core.rotation.entry import (
    BEFORE,
    ENTRY_USD,
    FIRST_LEVERAGE,
    LATELY,
    MOST_SLIPPAGE_SHARE,
    MOST_VOLUME_SHARE,
    Depth,
    EntryCoin,
    EntryPlan,
    Question,
    held,
)
from chatbot.core.rotation.exits import Gap
from chatbot.core.rotation.standings import Standing
from chatbot.core.rotation.strength import BITCOIN
from handlers import formatting as show
from handlers.rotate.signals.exits_render import funding_words, outage_line, percent
from handlers.rotate.signals.subjects import Sectors, word_of
from handlers.rotate.words import in_rows

COMMAND = "/rotate check"
MARKS: Mapping[bool | None, str] = {True: "✓", False: "✗", None: "?"}
WORDS: Mapping[Question, str] = {
    Question.TECHNOLOGY: "Technology ready",
    Question.ECOSYSTEM: "Ecosystem growing",
    Question.INTEREST: "Real interest",
}
SIGNS = ("quadrant", "breadth", "funding", "liquidity")
MEMBERS_SEEN = 8
YES_NO = {True: "yes", False: "no"}


def line(plan: EntryPlan, sectors: Sectors, **changes: bool) -> str:
    """The line that asks for this plan, with other answers where `changes` (by the question's word) say so."""
    subject = plan.subject if plan.is_sector else word_of(plan.subject, sectors)
    amount = [f"${show.exact(plan.amount_usd)}"] if plan.amount_usd != ENTRY_USD else []
    answers = {**{question.value: answer for question, answer in plan.answers}, **changes}
    return " ".join((COMMAND, subject, *amount, *(f"{name}={YES_NO[answer]}" for name, answer in answers.items())))


def render(plan: EntryPlan, sectors: Sectors, key: str) -> Reply:
    """The answer to /rotate check."""
    lines = (
        f"<b>{show.escape(plan.subject)}: {_verdict(plan)}</b>",
        _counts(plan),
        *_signs(plan),
        _first(plan),
        *_narrative(plan),
        *outage_line(plan.exchanges, [outage.exchange for outage in plan.outages]),
        show.expandable("\n".join(_details(plan))),
        show.source_line(", ".join(plan.sources), None, plan.planned_at - plan.as_of),
    )
    return Reply("\n".join(lines), _buttons(plan, sectors, key), plan=plan)


def _verdict(plan: EntryPlan) -> str:
    """An entry takes all four signs: what is missing decides, and what is not known leaves it open."""
    reasons = _reasons(plan)
    against = [reasons[at] for at, sign in enumerate(plan.signs) if sign is False]
    if against:
        return f"no entry: {'; '.join(against)}"
    unknown = [SIGNS[at] for at, sign in enumerate(plan.signs) if sign is None]
    if unknown:
        return f"entry not known, nothing against it: {', '.join(unknown)} not known"
    return "an entry by the rule, all four signs hold"


def _reasons(plan: EntryPlan) -> tuple[str, ...]:
    """Of each sign in its order, what is wrong where it does not hold."""
    judged, place = plan.judged, "quadrant not improving"
    if judged is not None and judged.strength.quadrant is not None:
        place = f"{show.escape(judged.sector)} is {judged.strength.quadrant.value}, not improving"
    return place, "breadth not rising", "longs crowded", "too little liquidity"


def _counts(plan: EntryPlan) -> str:
    open_ones = sum(plan.answer_to(question) is None for question in Question)
    asked = f" ({open_ones} for you to answer)" if open_ones else ""
    signs, narrative = plan.signs, plan.narrative
    unknown = sum(sign is None for sign in signs)
    missing = f" ({unknown} not known)" if unknown else ""
    return (
        f"{held(signs)} of {len(signs)} entry signs hold{missing}, "
        f"narrative {held(narrative)} of {len(narrative)}{asked}"
    )


# Signs


def _signs(plan: EntryPlan) -> Iterator[str]:
    words = (_quadrant(plan), _breadth(plan), _funding(plan), _liquidity(plan))
    yield from (f"{MARKS[sign]} {text}" for sign, text in zip(plan.signs, words, strict=True))


def _quadrant(plan: EntryPlan) -> str:
    if plan.subject == BITCOIN:
        return f"Quadrant: not known, {BITCOIN} is what strength is measured against"
    if plan.judged is None:
        return "Quadrant: not known, daily prices are missing"
    from_where = "; an entry is from improving" if plan.is_improving is False else ""
    return f"Quadrant: {_place(plan.judged)}{from_where}"


def _place(standing: Standing) -> str:
    strength = standing.strength
    name = show.escape(standing.sector)
    if strength.quadrant is None or strength.month is None or strength.change is None:
        return f"{name} not known, too few days of prices"
    change = percent(strength.change).removesuffix(" %")
    return f"{name} {strength.quadrant.value}, 30 days {percent(strength.month)} against BTC, {change} points in a week"


def _breadth(plan: EntryPlan) -> str:
    if plan.standing is None:
        return f"Breadth: not known, {'one coin has none' if plan.subject == BITCOIN else 'it belongs to no sector'}"
    now, before = plan.standing.breadth, plan.standing.breadth_before
    if not now.of or not before.of:
        return "Breadth: not known, too few days of prices"
    return f"Breadth: {now.above} of {now.of} above their 20-day mean, {before.above} of {before.of} a week ago"


def _funding(plan: EntryPlan) -> str:
    if not plan.is_sector:
        return f"Funding: {_funding_of(plan.coins[0])}"
    known = [each.is_uncrowded for each in plan.coins if each.is_uncrowded is not None]
    return f"Funding: longs not crowded in {sum(known)} of {len(known)}{_of_all(known, plan)}"


def _funding_of(coin: EntryCoin) -> str:
    if coin.funding is None:
        return f"not known, {(coin.funding_gap or Gap.NO_ANSWER).value}"
    return funding_words(coin.funding, coin.coin)


def _liquidity(plan: EntryPlan) -> str:
    if not plan.is_sector:
        return f"Liquidity: {_depth(plan.coins[0], plan.amount_usd)}"
    known = [each.is_liquid for each in plan.coins if each.is_liquid is not None]
    return f"Liquidity: enough for {show.money(plan.amount_usd)} in {sum(known)} of {len(known)}{_of_all(known, plan)}"


def _of_all(known: list[bool], plan: EntryPlan) -> str:
    unknown = len(plan.coins) - len(known)
    return f" coins, {unknown} not known" if unknown else " coins"


def _depth(coin: EntryCoin, amount_usd: Decimal) -> str:
    depth = coin.depth
    if depth is None:
        return f"not known, {(coin.funding_gap or Gap.NO_PERPETUAL).value}"
    amount, where = show.money(amount_usd), exchange_name(depth.instrument.exchange)
    if depth.volume_share is None or depth.volume_day_quote is None:
        return f"{amount} {_slippage(depth)} on {where}; the day's volume is not told"
    part = show.share_as_percent(depth.volume_share)
    return f"{amount} {_slippage(depth)} on {where}, {part} of ${show.compact(depth.volume_day_quote)} a day"


def _slippage(depth: Depth) -> str:
    if not depth.is_book_seen:
        return "(the book did not come)"
    if depth.slippage_share is None:
        return "is more than the visible book shows"
    return f"costs {show.share_as_percent(depth.slippage_share)} in the visible book"


def _first(plan: EntryPlan) -> str:
    first = plan.first
    text = f"First leverage {show.leverage(FIRST_LEVERAGE)}: {show.money(first.margin_usd)} margin"
    if first.liquidation_quote is None or first.room_share is None:
        return text
    estimate = ", an estimate" if first.is_estimate else ""
    return f"{text}, liquidated at {_price(plan)} ({show.signed_percent(first.room_share)}{estimate})"


def _price(plan: EntryPlan) -> str:
    depth, liquidation = plan.coins[0].depth, plan.first.liquidation_quote or Decimal(0)
    return show.price(liquidation, depth.instrument.tick_quote) if depth else show.number(liquidation)


# Narrative


def _narrative(plan: EntryPlan) -> Iterator[str]:
    yield "Narrative, by your answers:"
    for question in Question:
        yield f"{MARKS[plan.answer_to(question)]} {WORDS[question]}{_hint(plan, question)}"
    yield f"{MARKS[plan.is_liquid]} Liquidity, by the data above"


def _hint(plan: EntryPlan, question: Question) -> str:
    """Data do not answer it, but say something."""
    if question is not Question.INTEREST or plan.interest is None:
        return ""
    return f" (traded value, {LATELY} days against the {BEFORE} before: {percent(plan.interest, 0)})"


def _details(plan: EntryPlan) -> Iterator[str]:
    if plan.own is not None and plan.standing is not None:
        yield f"By itself: {_place(plan.own)}"
    if plan.is_sector:
        yield from (_member(each, plan) for each in plan.coins[:MEMBERS_SEEN])
        more = len(plan.coins) - MEMBERS_SEEN
        if more > 0:
            yield f"{more} more members are counted above."
    elif plan.sector is None and plan.subject != BITCOIN:
        yield f"{show.escape(plan.subject)} belongs to no sector: its own strength is judged. /rotate sectors"
    if plan.standing is not None and plan.standing.left_out:
        left_out = plan.standing.left_out[:MEMBERS_SEEN]
        names = ", ".join(f"{show.escape(each.coin)} ({each.days} days)" for each in left_out)
        yield f"Left out of the sector for short history: {names}"
    yield definition()


def _member(coin: EntryCoin, plan: EntryPlan) -> str:
    depth = _depth(coin, plan.amount_usd)
    return f"<b>{show.escape(coin.coin)}</b> funding: {_funding_of(coin)}. Liquidity: {depth}"


def definition() -> str:
    """The rule, in words."""
    return (
        "Entry = improving (weak against BTC over 30 days, less so than a week ago), breadth above that of a week ago, "
        "longs not crowded, and liquid: at most "
        f"{show.share_as_percent(MOST_SLIPPAGE_SHARE)} slippage in the visible book and "
        f"{show.share_as_percent(MOST_VOLUME_SHARE)} of the day's volume. Of a sector more than half of the coins that "
        "are known. Technology, ecosystem and interest are for you to judge."
    )


def _buttons(plan: EntryPlan, sectors: Sectors, key: str) -> tuple[tuple[Button, ...], ...]:
    questions = tuple(
        tuple(
            Button(f"{WORDS[question]} {MARKS[way]}", line(plan, sectors, **{question.value: way}))
            for way in (True, False)
            if plan.answer_to(question) is not way
        )
        for question in Question
    )
    return (*questions, *in_rows((*_next(plan, sectors), Button("How?", f"/how {key}"))))


def _next(plan: EntryPlan, sectors: Sectors) -> Iterator[Button]:
    if plan.is_sector:
        yield Button("Exit signals", f"/rotate exits {plan.subject}")
        return
    word = word_of(plan.subject, sectors)
    if plan.coins[0].depth is not None:
        amount, times = show.exact(plan.amount_usd), show.leverage(FIRST_LEVERAGE)
        yield Button("Check the position", f"/allocate check long {word} ${amount} {times}")
    yield Button("Exit signals", f"/rotate exits {word}")


def explanation_of(plan: EntryPlan) -> Reply:
    """The reply to `How?`: the rule with this answer's figures, and what the asker answered."""
    answers = ", ".join(f"{WORDS[question]}: {YES_NO[is_yes]}" for question, is_yes in plan.answers) or "none yet"
    lines = (
        "<b>How an entry is checked</b>",
        definition(),
        *_signs(plan),
        *_liquidation(plan),
        f"Your answers: {answers}",
    )
    return Reply("\n".join(lines), is_new_message=True)


def _liquidation(plan: EntryPlan) -> Iterator[str]:
    times = show.leverage(FIRST_LEVERAGE)
    amount, margin = show.money(plan.amount_usd), show.money(plan.first.margin_usd)
    yield f"Margin = {amount} ÷ {times} = {margin}; isolated, at the tier that holds at liquidation, taker fee in."
