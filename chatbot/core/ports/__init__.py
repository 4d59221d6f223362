"""What the callers of the core are given: market data, memory, chats, as Protocols in core types."""

from chatbot.core.ports.chats import ChatBook as ChatBook
from chatbot.core.ports.chats import Chats as Chats
from chatbot.core.ports.market import MONTH as MONTH
from chatbot.core.ports.market import ExchangeState as ExchangeState
from chatbot.core.ports.market import MarketData as MarketData
from chatbot.core.ports.people import Answers as Answers
from chatbot.core.ports.people import Change as Change
from chatbot.core.ports.people import KeptAnswer as KeptAnswer
from chatbot.core.ports.people import PersonalData as PersonalData
from chatbot.core.ports.people import Portfolios as Portfolios
from chatbot.core.ports.people import Settings as Settings
from chatbot.core.ports.watching import MOST_RULES as MOST_RULES
from chatbot.core.ports.watching import AlertBook as AlertBook
from chatbot.core.ports.watching import Alerts as Alerts
from chatbot.core.ports.watching import Charges as Charges
from chatbot.core.ports.watching import Outbox as Outbox
