"""What alerts and digests say in German."""

from collections.abc import Mapping

from handlers.languages.phrases import Phrase

TABLE: Mapping[Phrase, str] = {
    Phrase.RATE_ABOVE: "{coin}-Funding {value} auf {exchange}, mindestens {level}",
    Phrase.RATE_BELOW: "{coin}-Funding {value} auf {exchange}, höchstens {level}",
    Phrase.SPREAD_ABOVE: "{coin}-Spread {value} zwischen {high} und {low}, mindestens {level}",
    Phrase.SPREAD_BELOW: "{coin}-Spread {value} zwischen {high} und {low}, höchstens {level}",
    Phrase.BASIS_ABOVE: "{coin}-Basis {value} auf {exchange} bis {date}, mindestens {level}",
    Phrase.BASIS_BELOW: "{coin}-Basis {value} auf {exchange} bis {date}, höchstens {level}",
    Phrase.FLIPPED: "{coin}-Funding hat die Seite gewechselt: {value} auf {exchange}",
    Phrase.FLIPPED_FROM: "{coin}-Funding hat die Seite gewechselt: {value} auf {exchange}, vorher {before}",
    Phrase.INTERVAL_NEW: "{coin} auf {exchange} wird jetzt alle {interval} abgerechnet",
    Phrase.INTERVAL_FROM: "{coin} auf {exchange} wird jetzt alle {interval} abgerechnet, vorher alle {before}",
    Phrase.BEYOND: "Funding jenseits von ±{level}: {coins}",
    Phrase.LIST: "Das höchste und das niedrigste Funding",
    Phrase.SEVERAL: "Alarme: {count}",
    Phrase.LONGS_PAY: "Longs zahlen an Shorts, {amount} am Tag auf $10,000: Kosten für Longs, Ertrag für Shorts.",
    Phrase.SHORTS_PAY: "Shorts zahlen an Longs, {amount} am Tag auf $10,000: Kosten für Shorts, Ertrag für Longs.",
    Phrase.SPREAD_EARNS: (
        "Short auf {high} und Long auf {low} bringt {amount} am Tag auf je $10,000, vor vier Gebühren."
    ),
    Phrase.PREMIUM: (
        "Der Future steht über Spot: Bis zum Verfall verdient ein jetzt eröffneter Short das, ein Long zahlt es."
    ),
    Phrase.DISCOUNT: (
        "Der Future steht unter Spot: Bis zum Verfall zahlt ein jetzt eröffneter Short das, ein Long verdient es."
    ),
    Phrase.LEGEND: "Je 8 h. +: Longs zahlen an Shorts, −: Shorts zahlen an Longs.",
    Phrase.SHORT_RECEIVES: "Dein Short von {amount} {coin}{where} bekommt etwa {money} am Tag bei {rate}.",
    Phrase.SHORT_PAYS: "Dein Short von {amount} {coin}{where} zahlt etwa {money} am Tag bei {rate}.",
    Phrase.LONG_RECEIVES: "Dein Long von {amount} {coin}{where} bekommt etwa {money} am Tag bei {rate}.",
    Phrase.LONG_PAYS: "Dein Long von {amount} {coin}{where} zahlt etwa {money} am Tag bei {rate}.",
    Phrase.NEXT_CHARGE: "Nächste Abrechnung: {time}",
    Phrase.PER_INTERVAL: "{value} je {interval}",
    Phrase.PER_YEAR: "{value} im Jahr",
    Phrase.ON_EXCHANGE: " auf {exchange}",
    Phrase.HOURS: "{hours} h",
    Phrase.INTERVAL_UNKNOWN: "Intervall unbekannt",
    Phrase.EVERY: "alle {interval}",
    Phrase.MORE: "+{count} weitere",
    Phrase.AND_MORE: "{coins} und {count} weitere",
    Phrase.RULE: "Alarm {number}: {line}",
    Phrase.BACKED_OFF: (
        "Diesen Alarm hat länger niemand angetippt, darum wartet der nächste mindestens {wait}. Antippen beendet das."
    ),
    Phrase.LATE: "Verspätet, von {time}: {headline}",
    Phrase.PERHAPS_SEEN: "Vielleicht schon gesehen, von {time}: {headline}",
    Phrase.PERHAPS_SEEN_LINE: "{line} (vielleicht schon gesehen)",
    Phrase.DIGEST: "Funding seit der Abrechnung um {time}",
    Phrase.EXTREMES_HEAD: "Extreme",
    Phrase.FLIPS_HEAD: "Seite gewechselt",
    Phrase.INTERVALS_HEAD: "Neue Intervalle",
    Phrase.NOTHING_NOW: "Gerade liegt nichts jenseits der Schwelle.",
    Phrase.AS_OF: "Stand {time}",
    Phrase.SNOOZE_HOUR: "1 h Ruhe",
    Phrase.SNOOZE_SETTLEMENT: "Bis zur Abrechnung",
    Phrase.SNOOZE_HALF: "Bis zur Hälfte",
    Phrase.EDIT: "Ändern",
    Phrase.DELETE: "Löschen",
    Phrase.WHY: "Warum?",
    Phrase.ALL_ALERTS: "Alle Alarme",
    Phrase.FOR_MY_HOLDINGS: "Für meine Bestände",
    Phrase.ALL_FUNDING: "Alle Extreme",
}
