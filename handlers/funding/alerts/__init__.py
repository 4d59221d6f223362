"""/funding alert and /funding alerts: rules made, listed, changed and explained, and what is told when they fire."""

from handlers.funding.alerts.answer import answer as answer
from handlers.funding.alerts.digest import tell_digest as tell_digest
from handlers.funding.alerts.telling import tell_alerts as tell_alerts
