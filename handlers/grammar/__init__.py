"""How people write amounts, shares, leverage, days and exchanges: a line read into parts.

Law: nothing is dropped and nothing guessed. What is not understood raises UserMistake, which names it and, where one
can be guessed, offers the corrected line.
"""

from handlers.grammar.line import read as read
from handlers.grammar.parts import CoinWord as CoinWord
from handlers.grammar.parts import Exchange as Exchange
from handlers.grammar.parts import Horizon as Horizon
from handlers.grammar.parts import Keyword as Keyword
from handlers.grammar.parts import Leverage as Leverage
from handlers.grammar.parts import Named as Named
from handlers.grammar.parts import Part as Part
from handlers.grammar.parts import Quantity as Quantity
from handlers.grammar.parts import Share as Share
from handlers.grammar.parts import Value as Value
from handlers.grammar.parts import Via as Via
from handlers.grammar.parts import only as only
from handlers.grammar.words import SHARE_WORDS as SHARE_WORDS
from handlers.grammar.words import Vocabulary as Vocabulary
from handlers.grammar.words import coin_word as coin_word
from handlers.grammar.words import nearest as nearest
from handlers.grammar.written import shown as shown
