"""Telegram's HTML: what it means, and what is refused in which words. Byte offsets are counted by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.sandbox.botapi.errors import ApiError
from chatbot.sandbox.botapi.formatting import caption_text, message_text, plain_text
from chatbot.sandbox.botapi.markup import Entity, MarkupError, parse_html, utf16_length

REFUSED = [
    ("a <b>bold", 'Can\'t find end tag corresponding to start tag "b"'),
    ("price < 100", 'Unsupported start tag "" at byte offset 6'),
    ("a<br>b", 'Unsupported start tag "br" at byte offset 1'),
    ("<p>x</p>", 'Unsupported start tag "p" at byte offset 0'),
    ("<b/>", 'Unsupported start tag "b/" at byte offset 0'),
    ("€ <hr>", 'Unsupported start tag "hr" at byte offset 4'),  # the euro sign has 3 bytes
    ("x</b>", "Unexpected end tag at byte offset 1"),
    ("<b>x</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
    ("<b>x</b", "Unclosed end tag at byte offset 4"),
    ("ab <b", "Unclosed start tag at byte offset 3"),
    ('<a href="x', "Unclosed start tag at byte offset 0"),
    ("<a href", 'Unclosed start tag "a" at byte offset 0'),
    ('<a ="x">y</a>', 'Empty attribute name in the tag "a" at byte offset 0'),
    ("<a href=x/y>z</a>", "Unexpected end of name token at byte offset 8"),
    ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
    ("<tg-emoji emoji-id='x'>x</tg-emoji>", "Invalid custom emoji identifier specified"),
    ("<tg-time>x</tg-time>", 'Tag "tg-time" must have attribute "unix" at byte offset 0'),
    ('<tg-time unix="1" format="x">x</tg-time>', 'Tag "tg-time" must have a valid attribute "format" at byte offset 0'),
]


@pytest.mark.parametrize(("markup", "reason"), REFUSED)
def test_wrong_markup_is_refused_in_the_words_of_the_real_server(markup: str, reason: str) -> None:
    with pytest.raises(MarkupError) as refusal:
        parse_html(markup)
    assert str(refusal.value) == reason


@pytest.mark.parametrize(
    ("tag", "kind"),
    [
        ("b", "bold"),
        ("STRONG", "bold"),
        ("i", "italic"),
        ("em", "italic"),
        ("u", "underline"),
        ("ins", "underline"),
        ("s", "strikethrough"),
        ("strike", "strikethrough"),
        ("del", "strikethrough"),
        ("tg-spoiler", "spoiler"),
        ("code", "code"),
        ("pre", "pre"),
        ("blockquote", "blockquote"),
    ],
)
def test_each_plain_tag_makes_its_entity(tag: str, kind: str) -> None:
    assert parse_html(f"a <{tag}>bc</{tag}>") == ("a bc", (Entity(kind, 2, 2),))


@pytest.mark.parametrize(
    ("markup", "entity"),
    [
        ('<span class="tg-spoiler">x</span>', Entity("spoiler", 0, 1)),
        ("<blockquote expandable>x</blockquote>", Entity("expandable_blockquote", 0, 1)),
        ('<a href="https://a.com/?b=1&amp;c=2">x</a>', Entity("text_link", 0, 1, (("url", "https://a.com/?b=1&c=2"),))),
        ("<a href='a.com'>x</a>", Entity("text_link", 0, 1, (("url", "http://a.com/"),))),
        ("<a>a.com</a>", Entity("text_link", 0, 5, (("url", "http://a.com/"),))),
        ('<tg-emoji emoji-id="5">x</tg-emoji>', Entity("custom_emoji", 0, 1, (("custom_emoji_id", "5"),))),
        ('<tg-time unix="7">x</tg-time>', Entity("date_time", 0, 1, (("unix_time", 7),))),
        (
            '<tg-time unix="7" format="wDt">x</tg-time>',
            Entity("date_time", 0, 1, (("unix_time", 7), ("date_time_format", "wDt"))),
        ),
        ('<pre><code class="language-python">x</code></pre>', Entity("pre", 0, 1, (("language", "python"),))),
        ('<code class="language-python"><pre>x</pre></code>', Entity("pre", 0, 1, (("language", "python"),))),
    ],
)
def test_attributes_make_the_entity_more_exact(markup: str, entity: Entity) -> None:
    assert parse_html(markup)[1] == (entity,)


def test_offsets_count_an_emoji_as_two() -> None:
    assert parse_html("🚀<b>€x</b>") == ("🚀€x", (Entity("bold", 2, 2),))


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("&lt;&gt;&amp;&quot;", '<>&"'),
        ("&#8722;5 &#x20AC;", "−5 €"),
        ("&nbsp;&eacute;&", "&nbsp;&eacute;&"),  # no other names are known
        ("Q&A &ltx", "Q&A &ltx"),
        ("&lt x", "< x"),  # the semicolon may be missing
    ],
)
def test_only_four_names_and_numbers_are_character_references(markup: str, text: str) -> None:
    assert parse_html(markup) == (text, ())


def test_an_end_tag_may_leave_its_name_out() -> None:
    assert parse_html("<b>x</>") == ("x", (Entity("bold", 0, 1),))


def test_an_entity_of_nothing_is_none() -> None:
    assert parse_html("a<b></b>") == ("a", ())


def test_a_link_that_leads_nowhere_is_left_out() -> None:
    assert parse_html('<a href="nowhere">x</a>') == ("x", ())


@given(st.text())
def test_whatever_is_escaped_comes_out_as_it_was(text: str) -> None:
    clean = text.replace("\0", " ")
    escaped = clean.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert parse_html(escaped) == (clean, ())


@given(st.text(alphabet="<>/ab&;= \"'🚀"))
def test_any_markup_is_read_or_refused(markup: str) -> None:
    try:
        text, entities = parse_html(markup)
    except MarkupError:
        return
    assert all(0 <= entity.offset < entity.end <= utf16_length(text) for entity in entities)


def refusal_of(raw: str) -> str:
    with pytest.raises(ApiError) as refusal:
        message_text(raw, "HTML", ())
    return refusal.value.description


def test_a_text_has_at_most_4096_units_after_parsing() -> None:
    assert message_text("<b>" + "x" * 4096 + "</b>", "HTML", ()).text == "x" * 4096
    assert refusal_of("x" * 4097) == "Bad Request: message is too long"
    assert refusal_of("🚀" * 2049) == "Bad Request: message is too long"  # 4,098 units


def test_a_raw_text_has_at_most_32768_bytes() -> None:
    assert refusal_of("<b>x</b>" * 4097) == "Bad Request: text is too long"  # 8 x 4,097 = 32,776 bytes


def test_a_text_is_not_empty_and_not_only_space() -> None:
    assert refusal_of("") == "Bad Request: message text is empty"
    assert refusal_of(" \n<b> </b>") == "Bad Request: text must be non-empty"


def test_markdown_is_not_spoken() -> None:
    with pytest.raises(ApiError, match="unsupported parse_mode"):
        message_text("*x*", "MarkdownV2", ())


def test_a_caption_has_at_most_1024_units() -> None:
    assert caption_text("x" * 1024, "", ()).text == "x" * 1024
    with pytest.raises(ApiError, match="message caption is too long"):
        caption_text("x" * 1025, "", ())


def entities_of(markup: str) -> list[tuple[str, int, int]]:
    return [(entity.type, entity.offset, entity.length) for entity in message_text(markup, "HTML", ()).entities]


def test_space_around_a_text_goes_but_a_table_may_begin_with_it() -> None:
    assert message_text("  a \n", "HTML", ()).text == "a"
    assert message_text(" <pre> a\nb </pre> ", "HTML", ()).text == " a\nb"
    assert entities_of(" <pre> a\nb </pre> ") == [("pre", 0, 4)]


def test_control_characters_become_spaces_and_carriage_returns_go() -> None:
    assert message_text("a\tb\r\n<b>c</b>", "HTML", ()).text == "a b\nc"
    assert entities_of("a\tb\r\n<b>c</b>") == [("bold", 4, 1)]


def test_monospace_holds_nothing_else() -> None:
    assert entities_of("<b>a<code>b</code>c</b>") == [("bold", 0, 1), ("code", 1, 1), ("bold", 2, 1)]
    assert entities_of('<pre><a href="a.com">x</a></pre>') == [("pre", 0, 1)]


def test_quotes_do_not_nest() -> None:
    assert entities_of("<blockquote>a<blockquote>b</blockquote></blockquote>") == [("blockquote", 0, 2)]


def test_of_more_than_100_entities_the_rest_is_dropped() -> None:
    assert len(entities_of("<b>x</b> " * 101)) == 100


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/hedge 10 ETH", [("bot_command", 0, 6)]),
        ("see /help@sandbox_bot.", [("bot_command", 4, 17)]),
        ("BTC/USDT 1/8 /usr/bin", []),
        ("$ETH and $20k", [("cashtag", 0, 4)]),
        ("#ALL #1", [("hashtag", 0, 4)]),
        ("https://a.com/b, x.", [("url", 0, 15)]),
        ("on Gate.io today", [("url", 3, 7)]),
        ("1.5 and 3,450.12", []),
        ("ask @sandbox_bot", [("mention", 4, 12)]),
        ("🚀 /start", [("bot_command", 3, 6)]),
    ],
)
def test_commands_tags_and_addresses_are_found_in_plain_text(text: str, expected: list[tuple[str, int, int]]) -> None:
    assert [(e.type, e.offset, e.length) for e in plain_text(text).entities] == expected


def test_nothing_is_found_inside_code() -> None:
    assert entities_of("<code>/hedge ETH</code> /help") == [("code", 0, 10), ("bot_command", 11, 5)]
