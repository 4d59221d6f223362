"""`Chart` under a risk: which holdings move together, as a picture."""

from collections.abc import Sequence
from itertools import combinations

from chatbot.command import Audience, HeatMap, Reply
from chatbot.core.risk.plan import Measured, RiskPlan
from handlers import formatting as show
from handlers.risk import words

MOST_COLUMNS = 7  # that can be read on a phone

Pair = tuple[float, str, str]


def picture_of(plan: RiskPlan) -> Reply:
    """The reply to `Chart`: correlations of the largest exposures, those of after a hedge that was tried."""
    measured = plan.after or plan.before
    report = measured.report
    places = _largest(measured)
    names = tuple(report.contributions[at].coin for at in places)
    rows = tuple(
        (name, tuple(words.exact_share(report.correlations[at][other]) for other in places))
        for name, at in zip(names, places, strict=True)
    )
    pairs = _pairs(measured, places)
    caption = "\n".join(_caption(measured, pairs))
    picture = HeatMap(
        title="Correlation of daily returns",
        figures=(
            ("volatility a year", words.percent(report.volatility_per_year)),
            ("beta to BTC", words.plain(report.beta)),
            ("mean correlation", words.plain(_mean(pairs))),
        ),
        columns=names,
        rows=rows,
        caption=caption,
        is_percent=False,
    )
    return Reply(caption, picture=picture, audience=Audience.ASKER, is_new_message=True)


def _largest(measured: Measured) -> tuple[int, ...]:
    """The places of the largest exposures in the report, held or short."""
    weights = [abs(each.weight) for each in measured.report.contributions]
    return tuple(sorted(range(len(weights)), key=lambda at: -weights[at])[:MOST_COLUMNS])


def _pairs(measured: Measured, places: Sequence[int]) -> tuple[Pair, ...]:
    report = measured.report
    return tuple(
        (report.correlations[one][other], report.contributions[one].coin, report.contributions[other].coin)
        for one, other in combinations(places, 2)
    )


def _mean(pairs: Sequence[Pair]) -> float:
    """One coin goes along with itself."""
    return sum(value for value, _, _ in pairs) / len(pairs) if pairs else 1.0


def _caption(measured: Measured, pairs: Sequence[Pair]) -> list[str]:
    hidden = len(measured.report.contributions) - MOST_COLUMNS
    rest = f"; the {MOST_COLUMNS} largest, {hidden} more are not drawn" if hidden > 0 else ""
    closest = [f"<b>{_together(max(pairs))}</b>"] if pairs else []
    scale = "1: always together, 0: unrelated, hatched: opposite ways."
    return [*closest, f"{measured.report.days} days of daily returns{rest}. {scale}"]


def _together(pair: Pair) -> str:
    value, one, other = pair
    return f"{show.escape(one)} and {show.escape(other)} move most alike: {words.plain(value)}"
