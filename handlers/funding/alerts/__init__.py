"""/funding alert and /funding alerts: rules made, listed, changed and explained, and what is told when they fire."""

from chatbot.command import Telling
from handlers.funding.alerts.answer import answer as answer
from handlers.funding.alerts.digest import tell_digest
from handlers.funding.alerts.telling import tell_alerts

TELLING = Telling(alerts=tell_alerts, digest=tell_digest)
