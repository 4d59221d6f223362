"""Exchange data through ccxt; ccxt's dicts and floats end here. Importing this package does not import ccxt."""

from chatbot.market.data import Market
from chatbot.market.exchanges import Manners, unknown_exchanges

__all__ = ["Manners", "Market", "unknown_exchanges"]
