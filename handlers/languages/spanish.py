"""What alerts and digests say in Spanish."""

from collections.abc import Mapping

from handlers.languages.phrases import Phrase

TABLE: Mapping[Phrase, str] = {
    Phrase.RATE_ABOVE: "Funding de {coin} {value} en {exchange}, al menos {level}",
    Phrase.RATE_BELOW: "Funding de {coin} {value} en {exchange}, como mucho {level}",
    Phrase.SPREAD_ABOVE: "Diferencial de {coin} {value} entre {high} y {low}, al menos {level}",
    Phrase.SPREAD_BELOW: "Diferencial de {coin} {value} entre {high} y {low}, como mucho {level}",
    Phrase.BASIS_ABOVE: "Base de {coin} {value} en {exchange} al {date}, al menos {level}",
    Phrase.BASIS_BELOW: "Base de {coin} {value} en {exchange} al {date}, como mucho {level}",
    Phrase.FLIPPED: "El funding de {coin} cambió de lado: {value} en {exchange}",
    Phrase.FLIPPED_FROM: "El funding de {coin} cambió de lado: {value} en {exchange}, antes {before}",
    Phrase.INTERVAL_NEW: "{coin} en {exchange} se cobra ahora cada {interval}",
    Phrase.INTERVAL_FROM: "{coin} en {exchange} se cobra ahora cada {interval}, antes cada {before}",
    Phrase.BEYOND: "Funding más allá de ±{level}: {coins}",
    Phrase.LIST: "El funding más alto y el más bajo",
    Phrase.SEVERAL: "Alertas: {count}",
    Phrase.LONGS_PAY: (
        "Los largos pagan a los cortos, {amount} al día por $10,000: coste para los largos, ingreso para los cortos."
    ),
    Phrase.SHORTS_PAY: (
        "Los cortos pagan a los largos, {amount} al día por $10,000: coste para los cortos, ingreso para los largos."
    ),
    Phrase.SPREAD_EARNS: (
        "Corto en {high} y largo en {low} gana {amount} al día por $10,000 en cada lado, antes de cuatro comisiones."
    ),
    Phrase.PREMIUM: (
        "El futuro está por encima del spot: hasta el vencimiento, un corto abierto ahora lo gana y un largo lo paga."
    ),
    Phrase.DISCOUNT: (
        "El futuro está por debajo del spot: hasta el vencimiento, un corto abierto ahora lo paga y un largo lo gana."
    ),
    Phrase.LEGEND: "Por 8 h. +: los largos pagan a los cortos, −: los cortos pagan a los largos.",
    Phrase.SHORT_RECEIVES: "Tu corto de {amount} {coin}{where} recibe unos {money} al día con {rate}.",
    Phrase.SHORT_PAYS: "Tu corto de {amount} {coin}{where} paga unos {money} al día con {rate}.",
    Phrase.LONG_RECEIVES: "Tu largo de {amount} {coin}{where} recibe unos {money} al día con {rate}.",
    Phrase.LONG_PAYS: "Tu largo de {amount} {coin}{where} paga unos {money} al día con {rate}.",
    Phrase.NEXT_CHARGE: "Próximo cobro: {time}",
    Phrase.PER_INTERVAL: "{value} por {interval}",
    Phrase.PER_YEAR: "{value} al año",
    Phrase.ON_EXCHANGE: " en {exchange}",
    Phrase.HOURS: "{hours} h",
    Phrase.INTERVAL_UNKNOWN: "intervalo desconocido",
    Phrase.EVERY: "cada {interval}",
    Phrase.MORE: "+{count} más",
    Phrase.AND_MORE: "{coins} y {count} más",
    Phrase.RULE: "Alerta {number}: {line}",
    Phrase.BACKED_OFF: (
        "Nadie ha tocado esta alerta en un tiempo, así que la próxima espera al menos {wait}. Un toque lo termina."
    ),
    Phrase.LATE: "Con retraso, de {time}: {headline}",
    Phrase.PERHAPS_SEEN: "Quizá ya vista, de {time}: {headline}",
    Phrase.PERHAPS_SEEN_LINE: "{line} (quizá ya vista)",
    Phrase.DIGEST: "Funding desde la liquidación de {time}",
    Phrase.EXTREMES_HEAD: "Extremos",
    Phrase.FLIPS_HEAD: "Cambiaron de lado",
    Phrase.INTERVALS_HEAD: "Intervalos nuevos",
    Phrase.NOTHING_NOW: "Ahora nada está más allá del nivel.",
    Phrase.AS_OF: "datos de {time}",
    Phrase.SNOOZE_HOUR: "Silencio 1 h",
    Phrase.SNOOZE_SETTLEMENT: "Hasta el cobro",
    Phrase.SNOOZE_HALF: "Hasta la mitad",
    Phrase.EDIT: "Editar",
    Phrase.DELETE: "Borrar",
    Phrase.WHY: "¿Por qué?",
    Phrase.ALL_ALERTS: "Todas las alertas",
    Phrase.FOR_MY_HOLDINGS: "Para mi cartera",
    Phrase.ALL_FUNDING: "Todos los extremos",
}
