"""MENU: every command in the order in which users see it."""

from chatbot.command import Command
from handlers.allocate import ALLOCATE
from handlers.answers import chart_command, how_command
from handlers.funding import FUNDING
from handlers.hedge import HEDGE
from handlers.portfolio import PORTFOLIO
from handlers.privacy import EXPORT, FORGET, PRIVACY
from handlers.risk import RISK
from handlers.rotate import ROTATE
from handlers.settings import SETTINGS
from handlers.start import START, help_command

SUBJECTS = (HEDGE, FUNDING, PORTFOLIO, ALLOCATE, RISK, ROTATE)
ABOUT_YOU = (SETTINGS, PRIVACY, EXPORT, FORGET)
LISTED = (*SUBJECTS, *ABOUT_YOU, START)

MENU: tuple[Command, ...] = (
    *SUBJECTS,
    *ABOUT_YOU,
    help_command(LISTED),
    START,
    how_command(SUBJECTS),
    chart_command(SUBJECTS),
)
