"""What alerts and digests say in Russian."""

from collections.abc import Mapping

from handlers.languages.phrases import Phrase

TABLE: Mapping[Phrase, str] = {
    Phrase.RATE_ABOVE: "Фандинг {coin} {value} на {exchange}, не ниже {level}",
    Phrase.RATE_BELOW: "Фандинг {coin} {value} на {exchange}, не выше {level}",
    Phrase.SPREAD_ABOVE: "Спред {coin} {value} между {high} и {low}, не ниже {level}",
    Phrase.SPREAD_BELOW: "Спред {coin} {value} между {high} и {low}, не выше {level}",
    Phrase.BASIS_ABOVE: "Базис {coin} {value} на {exchange} до {date}, не ниже {level}",
    Phrase.BASIS_BELOW: "Базис {coin} {value} на {exchange} до {date}, не выше {level}",
    Phrase.FLIPPED: "Фандинг {coin} сменил знак: {value} на {exchange}",
    Phrase.FLIPPED_FROM: "Фандинг {coin} сменил знак: {value} на {exchange}, было {before}",
    Phrase.INTERVAL_NEW: "{coin} на {exchange}: интервал списания теперь {interval}",
    Phrase.INTERVAL_FROM: "{coin} на {exchange}: интервал списания теперь {interval}, было {before}",
    Phrase.BEYOND: "Фандинг за пределами ±{level}: {coins}",
    Phrase.LIST: "Самый высокий и самый низкий фандинг",
    Phrase.SEVERAL: "Оповещений: {count}",
    Phrase.LONGS_PAY: "Лонги платят шортам, {amount} в день на $10,000: расход для лонгов, доход для шортов.",
    Phrase.SHORTS_PAY: "Шорты платят лонгам, {amount} в день на $10,000: расход для шортов, доход для лонгов.",
    Phrase.SPREAD_EARNS: (
        "Шорт на {high} и лонг на {low} дают {amount} в день на $10,000 с каждой стороны, до комиссий за четыре сделки."
    ),
    Phrase.PREMIUM: "Фьючерс выше спота: до экспирации шорт, открытый сейчас, это зарабатывает, лонг платит.",
    Phrase.DISCOUNT: "Фьючерс ниже спота: до экспирации шорт, открытый сейчас, это платит, лонг зарабатывает.",
    Phrase.LEGEND: "За 8 ч. +: лонги платят шортам, −: шорты платят лонгам.",
    Phrase.SHORT_RECEIVES: "Ваш шорт {amount} {coin}{where} получает около {money} в день при {rate}.",
    Phrase.SHORT_PAYS: "Ваш шорт {amount} {coin}{where} платит около {money} в день при {rate}.",
    Phrase.LONG_RECEIVES: "Ваш лонг {amount} {coin}{where} получает около {money} в день при {rate}.",
    Phrase.LONG_PAYS: "Ваш лонг {amount} {coin}{where} платит около {money} в день при {rate}.",
    Phrase.NEXT_CHARGE: "Следующее списание: {time}",
    Phrase.PER_INTERVAL: "{value} за {interval}",
    Phrase.PER_YEAR: "{value} в год",
    Phrase.ON_EXCHANGE: " на {exchange}",
    Phrase.HOURS: "{hours} ч",
    Phrase.INTERVAL_UNKNOWN: "интервал неизвестен",
    Phrase.EVERY: "каждые {interval}",
    Phrase.MORE: "ещё {count}",
    Phrase.AND_MORE: "{coins} и ещё {count}",
    Phrase.RULE: "Оповещение {number}: {line}",
    Phrase.BACKED_OFF: (
        "На это оповещение давно не нажимали, поэтому следующее — не раньше чем через {wait}. Нажатие это отменяет."
    ),
    Phrase.LATE: "С опозданием, от {time}: {headline}",
    Phrase.PERHAPS_SEEN: "Возможно, вы это видели, от {time}: {headline}",
    Phrase.PERHAPS_SEEN_LINE: "{line} (возможно, вы это видели)",
    Phrase.DIGEST: "Фандинг с расчёта в {time}",
    Phrase.EXTREMES_HEAD: "Экстремумы",
    Phrase.FLIPS_HEAD: "Сменили знак",
    Phrase.INTERVALS_HEAD: "Новые интервалы",
    Phrase.NOTHING_NOW: "Сейчас за пределами уровня ничего нет.",
    Phrase.AS_OF: "данные от {time}",
    Phrase.SNOOZE_HOUR: "Тишина 1 ч",
    Phrase.SNOOZE_SETTLEMENT: "До расчёта",
    Phrase.SNOOZE_HALF: "Пока не упадёт вдвое",
    Phrase.EDIT: "Изменить",
    Phrase.DELETE: "Удалить",
    Phrase.WHY: "Почему?",
    Phrase.ALL_ALERTS: "Все оповещения",
    Phrase.FOR_MY_HOLDINGS: "Для моего портфеля",
    Phrase.ALL_FUNDING: "Все экстремумы",
}
