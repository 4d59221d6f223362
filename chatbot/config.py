"""Every setting, its default, and what is wrong with a value in plain words. Only `chatbot.__main__` reads them."""

import hashlib
import hmac
import logging
import re
from typing import Annotated, TypeGuard
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

PUBLIC_API_URL = "https://api.telegram.org"
WEBHOOK_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")  # what Telegram takes
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
DEFAULT_EXCHANGES = ("binance", "bybit", "okx", "hyperliquid", "gate", "bitget")


class Settings(BaseSettings):
    """Read from the environment, then from `.env`; each field is the variable of the same name in capitals."""

    model_config = SettingsConfigDict(env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True)

    telegram_bot_token: SecretStr | None = None
    telegram_api_url: str = PUBLIC_API_URL
    database_url: str = "sqlite:///data/bot.sqlite3"
    exchanges: Annotated[tuple[str, ...], NoDecode] = DEFAULT_EXCHANGES
    exchange_proxy_url: str | None = None
    exchange_source_note: str = Field(default="", max_length=30)
    http_proxy: str | None = None
    https_proxy: str | None = None
    all_proxy: str | None = None  # socks5://...
    allowed_users: Annotated[frozenset[int], NoDecode] = frozenset()
    webhook_url: str | None = None
    port: int = Field(default=8080, ge=1, le=65535)
    webhook_secret: SecretStr | None = None
    log_level: str = "INFO"

    @field_validator("exchanges", mode="before")
    @classmethod
    def _split_exchanges(cls, value: object) -> object:
        return tuple(name.strip().lower() for name in value.split(",") if name.strip()) if _is_text(value) else value

    @field_validator("exchanges")
    @classmethod
    def _some_exchange(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value:
            raise ValueError("name at least one exchange, e.g. binance,bybit,okx")
        return tuple(dict.fromkeys(value))

    @field_validator("allowed_users", mode="before")
    @classmethod
    def _split_users(cls, value: object) -> object:
        if not _is_text(value):
            return value
        words = [word.strip() for word in value.split(",") if word.strip()]
        if not all(word.isdecimal() for word in words):
            raise ValueError("give Telegram user ids (whole numbers) with commas between them, e.g. 12345,67890")
        return frozenset(int(word) for word in words)

    @field_validator("telegram_api_url", "exchange_proxy_url", "http_proxy", "https_proxy", "all_proxy", "webhook_url")
    @classmethod
    def _has_scheme(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https", "socks4", "socks5", "socks5h"} or not parts.netloc:
            raise ValueError("give a whole address, e.g. http://127.0.0.1:9100")
        return value.rstrip("/")

    @field_validator("webhook_url")
    @classmethod
    def _can_be_called(cls, value: str | None) -> str | None:
        if value is not None and urlsplit(value).scheme not in {"http", "https"}:
            raise ValueError("give the https address at which this bot is reached, e.g. https://bot.example.org")
        return value

    @field_validator("webhook_secret")
    @classmethod
    def _can_be_a_header(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not WEBHOOK_SECRET.fullmatch(value.get_secret_value()):
            raise ValueError("use 1 to 256 letters, digits, _ and -")
        return value

    @field_validator("database_url")
    @classmethod
    def _is_sqlite(cls, value: str) -> str:
        if not value.startswith("sqlite:///"):
            raise ValueError("give an SQLite address, e.g. sqlite:///data/bot.sqlite3")
        return value

    @field_validator("log_level")
    @classmethod
    def _known_level(cls, value: str) -> str:
        if value.upper() not in logging.getLevelNamesMapping():
            raise ValueError("use DEBUG, INFO, WARNING or ERROR")
        return value.upper()

    def secret_of_webhook(self, token: str) -> str:
        """The word by which Telegram shows that it calls: the one that was set, or one that only `token` leads to."""
        if self.webhook_secret is not None:
            return self.webhook_secret.get_secret_value()
        return hmac.new(token.encode(), b"webhook", hashlib.sha256).hexdigest()

    @property
    def proxy_url(self) -> str | None:
        """The one proxy for outgoing requests: HTTPS before SOCKS before HTTP."""
        return self.https_proxy or self.all_proxy or self.http_proxy

    def proxy_to(self, url: str | None) -> str | None:
        """The proxy on the way to `url` (None: to the exchanges): none to this machine itself."""
        return None if urlsplit(url or "").hostname in LOOPBACK else self.proxy_url


def _is_text(value: object) -> TypeGuard[str]:
    return isinstance(value, str)


def in_plain_words(error: ValidationError) -> str:
    """One line for each wrong variable: its name and what it should be. Values are not repeated: one is a secret."""
    return "\n".join(
        f"{'_'.join(str(part) for part in problem['loc'][:1]).upper()}: {problem['msg'].removeprefix('Value error, ')}"
        for problem in error.errors(include_input=False)
    )
