"""Telegram's HTML split and read."""

import re
from html import escape, unescape

from hypothesis import given
from hypothesis import strategies as st

from chatbot.command import Button, Curve, File, Picture, Reply
from chatbot.messenger.markup import plain_text, split, unbroken, visible_length, without_tags

INLINE = st.sampled_from(["b", "i", "code", "u"])
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\r\x00", exclude_categories=("Cs", "Cc")), max_size=30)


@st.composite
def markup(draw: st.DrawFn) -> str:
    """Nested tags, entities, emoji and line ends, as `render` makes them."""
    pieces = draw(st.lists(st.tuples(TEXT, st.one_of(st.none(), INLINE), st.booleans()), min_size=1, max_size=12))
    lines = [f"<{tag}>{escape(text)}</{tag}>" if tag else escape(text) for text, tag, _ in pieces]
    return "<blockquote expandable>" + "\n".join(lines) + "</blockquote>\nend"


def is_well_formed(html: str) -> bool:
    open_tags: list[str] = []
    for closing, tag in re.findall(r"<(/?)([a-z]+)[^>]*>", html):
        if closing and (not open_tags or open_tags.pop() != tag):
            return False
        if not closing:
            open_tags.append(tag)
    return not open_tags


@given(markup())
def test_parts_are_short_well_formed_and_say_the_same(html: str) -> None:
    parts = split(html, 50)
    assert all(visible_length(part) <= 50 and is_well_formed(part) for part in parts)
    spaceless = "".join("".join(without_tags(part) for part in parts).split())
    assert spaceless == "".join(without_tags(html).split())


def test_a_text_within_the_limit_is_left_as_it_is() -> None:
    assert split("<b>5 &lt; 6</b>") == ("<b>5 &lt; 6</b>",)


def test_a_cut_goes_through_a_line_end_and_reopens_the_tag_with_its_attributes() -> None:
    assert split("<blockquote expandable>one\ntwo\nthree</blockquote>", 9) == (
        "<blockquote expandable>one\ntwo\n</blockquote>",
        "<blockquote expandable>three</blockquote>",
    )


def test_an_emoji_counts_two_as_telegram_counts_it() -> None:
    assert visible_length("<b>🚀</b>&amp;") == 3


def test_a_line_without_a_break_is_cut_between_characters() -> None:
    assert split("x" * 10, 4) == ("xxxx", "xxxx", "xx")


def test_plain_text_drops_tags_and_lists_what_the_buttons_ask() -> None:
    reply = Reply(
        "<b>Short 5 ETH</b>\n<pre>a &lt; b</pre>",
        ((Button("75 %", "/hedge ETH 75%"), Button("Copy", copy_text="5.00")), (Button("How?", "/how k3f9"),)),
    )
    assert plain_text(reply) == "Short 5 ETH\na < b\n\nNext: /hedge ETH 75% · /how k3f9"


def test_plain_text_names_a_file_and_reads_a_pictures_caption() -> None:
    picture = Picture("t", (), "x", "y", (Curve("c", ()),), (), "<i>caption</i>")
    assert plain_text(Reply("text", picture=picture, file=File("data.json", b"x" * 2048))) == (
        "text\n\ncaption\n\n[file data.json, 2,048 bytes]"
    )


@given(TEXT)
def test_escaped_text_reads_as_it_was_written(text: str) -> None:
    assert without_tags(escape(text)) == text == unescape(escape(text))


def test_a_sign_is_not_parted_from_its_number_by_the_end_of_a_line() -> None:
    assert unbroken("costs −$5 and 3 − 2") == "costs −\u2060$5 and 3 − 2"
    assert unbroken("4.6 % of it") == "4.6\u00a0% of it"
