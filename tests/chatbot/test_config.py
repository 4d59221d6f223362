"""Settings: defaults, what is read, and what is wrong said in plain words."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from chatbot.config import DEFAULT_EXCHANGES, Settings, in_plain_words


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
        monkeypatch.delenv(name, raising=False)


def settings(**variables: str) -> Settings:
    return Settings(_env_file=None, **variables)  # type: ignore[arg-type] # as text, as the environment gives them


def wrong(**variables: str) -> str:
    with pytest.raises(ValidationError) as caught:
        settings(**variables)
    return in_plain_words(caught.value)


def test_nothing_needs_to_be_set() -> None:
    assert settings().exchanges == DEFAULT_EXCHANGES
    assert settings().telegram_bot_token is None
    assert settings().allowed_users == frozenset()


def test_lists_are_written_with_commas() -> None:
    found = settings(exchanges="OKX, bybit,okx", allowed_users="12, 34")
    assert found.exchanges == ("okx", "bybit")
    assert found.allowed_users == {12, 34}


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXCHANGES", "gate")
    monkeypatch.setenv("TELEGRAM_API_URL", "http://127.0.0.1:8081/")
    assert settings().exchanges == ("gate",)
    assert settings().telegram_api_url == "http://127.0.0.1:8081"


def test_the_token_does_not_show_in_the_settings() -> None:
    assert "12345:secret" not in repr(settings(telegram_bot_token="12345:secret"))


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"exchanges": " , "}, "EXCHANGES: name at least one exchange, e.g. binance,bybit,okx"),
        ({"allowed_users": "bob"}, "ALLOWED_USERS: give Telegram user ids (whole numbers) with commas between them"),
        ({"telegram_api_url": "localhost:8081"}, "TELEGRAM_API_URL: give a whole address"),
        ({"exchange_proxy_url": "gateway"}, "EXCHANGE_PROXY_URL: give a whole address"),
        ({"database_url": "postgres://x"}, "DATABASE_URL: give an SQLite address"),
        ({"webhook_url": "bot.example.org"}, "WEBHOOK_URL: give a whole address"),
        ({"webhook_url": "socks5://bot.example.org"}, "WEBHOOK_URL: give the https address at which this bot is"),
        ({"webhook_secret": "a b"}, "WEBHOOK_SECRET: use 1 to 256 letters, digits, _ and -"),
        ({"port": "0"}, "PORT: Input should be greater than or equal to 1"),
        ({"log_level": "LOUD"}, "LOG_LEVEL: use DEBUG, INFO, WARNING or ERROR"),
    ],
)
def test_a_wrong_value_is_refused_by_the_name_of_its_variable(variables: dict[str, str], sentence: str) -> None:
    assert wrong(**variables).startswith(sentence)


def test_two_wrong_values_get_a_line_each() -> None:
    assert len(wrong(log_level="LOUD", exchanges=",").splitlines()) == 2


def test_one_proxy_is_taken_for_all_ways_out() -> None:
    assert settings(all_proxy="socks5://127.0.0.1:1080").proxy_url == "socks5://127.0.0.1:1080"
    assert settings(http_proxy="http://a:1", https_proxy="http://b:2").proxy_url == "http://b:2"


def test_without_a_word_of_its_own_the_webhook_has_one_that_only_the_token_leads_to() -> None:
    made = settings().secret_of_webhook("1:token")
    assert made == settings().secret_of_webhook("1:token") != settings().secret_of_webhook("1:other")
    assert "token" not in made
    assert len(made) == 64  # hexadecimal, which Telegram takes
    assert settings(webhook_secret="my-word").secret_of_webhook("1:token") == "my-word"
    assert "my-word" not in repr(settings(webhook_secret="my-word"))


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
@pytest.mark.parametrize("file", ["README.md", ".env.example"])
def test_every_variable_is_documented(file: str, name: str) -> None:
    assert name.upper() in (Path(__file__).parent.parent.parent / file).read_text()


def test_no_proxy_stands_between_the_bot_and_this_machine() -> None:
    found = settings(https_proxy="http://proxy:3128")
    assert found.proxy_to("http://127.0.0.1:9100") is None
    assert found.proxy_to("https://api.telegram.org") == "http://proxy:3128"
    assert found.proxy_to(None) == "http://proxy:3128"
