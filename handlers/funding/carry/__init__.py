"""/funding carry and /funding roll: coins bought and sold forward, and the short moved into the next dated contract."""

from handlers.funding.carry.answer import answer as answer
