"""The chat page in a headless browser, with a small bot behind the local server: what a thumb does, an eye sees."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from io import BytesIO
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from PIL import Image
from playwright.async_api import Browser, Page, async_playwright, expect
from telegram import CopyTextButton, InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import Application, ContextTypes, TypeHandler

from chatbot.sandbox.botapi import BotApi
from chatbot.sandbox.botapi.scene import ANA, BEN, CHANNEL, FORUM, SMALL_GROUP, set_scene

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
TOKEN = "1:page"
PHONE = {"width": 390, "height": 844}

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.xdist_group("browser"),
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here (Debian: apt-get install chromium)"),
]

KEYBOARD = InlineKeyboardMarkup(
    [
        [InlineKeyboardButton("Edit", callback_data="edit"), InlineKeyboardButton("Toast", callback_data="toast")],
        [InlineKeyboardButton("Copy 5.00", copy_text=CopyTextButton("5.00"))],
        [InlineKeyboardButton("Private", url="https://t.me/sandbox_bot?start=k3f9")],
    ]
)
RICH = (
    "<b>Short 5 ETH</b> &lt;script&gt;\n<pre>" + "x" * 30 + "</pre>\n<pre>" + "y" * 40 + "</pre>\n"
    "<blockquote expandable>one\ntwo\nthree\nfour\nfive\nsix</blockquote>\nBybit"
    ' · <tg-time unix="1767225600" format="wDt">midnight in London</tg-time>'  # 2026-01-01 00:00 UTC
)


async def answer(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    """A bot that shows each thing once, and a card where it is brought in."""
    change = update.my_chat_member
    if change is not None and change.new_chat_member.status in ("member", "administrator"):
        await context.bot.send_message(change.chat.id, "<b>The card</b>", "HTML", reply_markup=KEYBOARD)
    if update.callback_query is not None:
        await update.callback_query.answer("Pressed" if update.callback_query.data == "toast" else None)
        if update.callback_query.data == "edit":
            await update.callback_query.edit_message_text("<b>Edited</b>", "HTML", reply_markup=KEYBOARD)
        return
    message = update.message
    if message is None or not (message.text or message.document):
        return
    if message.text == "/chart":
        await message.chat.send_action("upload_photo")
        picture = BytesIO()
        Image.new("RGB", (60, 40), "green").save(picture, "PNG")
        await message.reply_photo(picture.getvalue(), caption="<b>The picture</b>", parse_mode="HTML")
    elif message.text == "/slow":
        await message.chat.send_action("typing")
    elif message.document is not None:
        await message.reply_text(f"A file: {message.document.file_name}")
    else:
        await message.reply_text(
            RICH if message.text == "/rich" else f"You said {message.text}", "HTML", reply_markup=KEYBOARD
        )


@dataclass
class Phone:
    """The page, and the server behind it."""

    page: Page
    telegram: BotApi

    async def say(self, text: str) -> None:
        await self.page.fill("#text", text)
        await self.page.press("#text", "Enter")

    async def press(self, label: str) -> None:
        await self.page.get_by_role("button", name=label, exact=True).last.click()

    async def open(self, chat: str) -> None:
        await self.page.locator("#chats").get_by_role("button", name=chat).click()

    async def do(self, action: str) -> None:
        await self.page.locator("#more").click()
        await self.page.locator("#actions").get_by_role("button", name=action, exact=True).click()

    def last(self) -> Any:
        return self.page.locator("#messages > li").last


OpenPhone = Callable[..., AbstractAsyncContextManager[Phone]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """One browser for all: starting it takes longer than most tests."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest.fixture
def phone(browser: Browser) -> OpenPhone:
    return partial(open_phone, browser)


@asynccontextmanager
async def open_phone(browser: Browser, scheme: str = "light", *, has_groups: bool = False) -> AsyncIterator[Phone]:
    telegram = BotApi(TOKEN, lambda: datetime.now(UTC), notice="Simulated exchanges")
    if has_groups:
        set_scene(telegram)
    runner = web.AppRunner(telegram.app(), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    bot = Application.builder().token(TOKEN).base_url(f"{address}/bot").job_queue(None).build()
    bot.add_handler(TypeHandler(Update, answer))
    async with bot:
        await bot.bot.set_my_commands([("hedge", "Size a hedge"), ("portfolio", "What you hold")])
        await bot.bot.set_my_description("Sizes hedges")
        await bot.start()
        await bot.updater.start_polling()  # type: ignore[union-attr] # built with an updater
        context = await browser.new_context(
            viewport=PHONE,  # type: ignore[arg-type] # a dict of its two sizes
            locale="en-GB",
            timezone_id="Asia/Tokyo",
            color_scheme=scheme,  # type: ignore[arg-type] # light or dark
            permissions=["clipboard-read", "clipboard-write"],
        )
        page = await context.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        await page.goto(address)
        try:
            yield Phone(page, telegram)
        finally:  # or a failed test would be hidden behind a bot that still runs
            await context.close()
            await bot.updater.stop()  # type: ignore[union-attr] # as above
            await bot.stop()
            await runner.cleanup()
    assert errors == []


async def test_a_typed_command_is_answered_pressed_and_edited_in_its_place(phone: OpenPhone) -> None:
    async with phone() as at:
        await expect(at.page.locator("#notice")).to_have_text("Simulated exchanges")
        await at.say("hello")
        await expect(at.last()).to_contain_text("You said hello")
        await at.press("Edit")
        await expect(at.last()).to_contain_text("Edited")
        await expect(at.last().locator("b")).to_have_text("Edited")
        await expect(at.last().locator(".foot")).to_contain_text("edited")
        await expect(at.page.locator("#messages > li")).to_have_count(2)
        await at.press("Toast")
        await expect(at.page.locator("#toast")).to_have_text("Pressed")


async def test_an_empty_chat_says_what_the_bot_does_and_offers_to_start(phone: OpenPhone) -> None:
    async with phone() as at:
        await expect(at.page.locator("#description")).to_have_text("Sizes hedges")
        at.telegram.state.texts["description", ""] = "Sizes all hedges"
        at.telegram.chat().announce({"event": "about"})  # the bot says so while the page is open
        await expect(at.page.locator("#description")).to_have_text("Sizes all hedges")
        await at.press("Start")
        await expect(at.last()).to_contain_text("You said /start")
        await expect(at.page.locator("#start")).to_be_hidden()


async def test_a_time_is_shown_in_the_zone_of_the_reader(phone: OpenPhone) -> None:
    async with phone() as at:
        await at.say("/rich")
        for part in ("Thursday", "1 January 2026", "09:00"):  # Tokyo is nine hours ahead of UTC
            await expect(at.last().locator("time")).to_contain_text(part)
        await expect(at.last()).not_to_contain_text("midnight in London")


async def test_an_own_message_is_edited_by_a_long_press_or_the_arrow_up(phone: OpenPhone) -> None:
    async with phone() as at:
        await at.say("one")
        await expect(at.last()).to_contain_text("You said one")
        own = at.page.locator("#messages > li.mine")
        await own.click(button="right")  # what a long press is to a page
        await at.say("two")
        await expect(own).to_contain_text("two")
        await at.page.press("#text", "ArrowUp")
        await expect(at.page.locator("#text")).to_have_value("two")
        await at.say("three")
        await expect(own).to_contain_text("three")
        await expect(own.locator(".foot")).to_contain_text("edited")
        await expect(own).to_have_count(1)


async def test_a_pressed_button_keeps_the_keyboard_focus_and_what_cannot_be_sent_is_not_lost(phone: OpenPhone) -> None:
    async with phone() as at:
        await at.say("hello")
        await at.page.get_by_role("button", name="Edit", exact=True).press("Enter")
        await expect(at.last()).to_contain_text("Edited")
        assert await at.page.evaluate("document.activeElement.textContent") == "Edit"
        await at.page.route("**/chat/say", lambda route: route.abort())
        await at.say("10 ETH")
        await expect(at.page.locator("#toast")).to_have_text("The sandbox is not running.")
        await expect(at.page.locator("#text")).to_have_value("10 ETH")


async def test_a_text_is_shown_as_its_entities_say_and_never_read_as_html(phone: OpenPhone) -> None:
    async with phone() as at:
        await at.say("/rich")
        await expect(at.last().locator("b")).to_have_text("Short 5 ETH")
        await expect(at.last()).to_contain_text("<script>")
        assert await at.page.locator("#messages script").count() == 0


async def test_a_table_of_thirty_columns_fits_and_one_of_forty_wraps_without_scrolling_sideways(
    phone: OpenPhone,
) -> None:
    async with phone() as at:
        await at.say("/rich")
        await expect(at.last().locator("pre")).to_have_count(2)
        fits, wraps = [await box.bounding_box() for box in await at.last().locator("pre").all()]
        assert fits is not None
        assert wraps is not None
        line = (fits["height"] - 8) / 1
        assert 15 < line < 25  # one line of 14 px
        assert wraps["height"] - 8 == pytest.approx(2 * line, abs=2)
        assert await at.page.evaluate("document.querySelector('#messages').scrollWidth <= 390")


async def test_a_folded_quote_opens_with_a_tap(phone: OpenPhone) -> None:
    async with phone() as at:
        await at.say("/rich")
        inside = at.last().locator("blockquote .inside")
        await expect(inside).to_be_visible()
        folded = await inside.evaluate("e => e.clientHeight")
        await at.last().locator("blockquote").click()
        assert await inside.evaluate("e => e.clientHeight") > 1.5 * folded


async def test_a_copy_button_fills_the_clipboard(phone: OpenPhone) -> None:
    async with phone() as at:
        await at.say("hello")
        await at.press("Copy 5.00")
        await expect(at.page.locator("#toast")).to_have_text("Copied")
        assert await at.page.evaluate("navigator.clipboard.readText()") == "5.00"


async def test_a_link_to_the_bot_itself_sends_its_key(phone: OpenPhone) -> None:
    async with phone() as at:
        username = at.telegram.state.bot["username"]
        await at.say("hello")
        await expect(at.last()).to_contain_text("You said hello")
        await at.page.evaluate(f"openLink('https://t.me/{username}?start=k3f9')")
        await expect(at.last()).to_contain_text("You said /start k3f9")


async def test_a_picture_is_seen_with_its_caption_and_grows_with_a_tap(phone: OpenPhone) -> None:
    async with phone("dark") as at:
        await at.say("/chart")
        image = at.last().locator("img")
        await expect(image).to_be_visible()
        await expect(at.last()).to_contain_text("The picture")
        await at.page.wait_for_function("document.querySelector('.photo').naturalWidth === 60")
        await image.click()
        await expect(at.page.locator("#picture")).to_be_visible()


async def test_the_bot_is_seen_typing(phone: OpenPhone) -> None:
    async with phone() as at:
        await at.say("/slow")
        await expect(at.page.locator("#status")).to_have_text("typing…")


async def test_the_bots_own_commands_are_offered_and_sent(phone: OpenPhone) -> None:
    async with phone() as at:
        await at.say("hello")
        await expect(at.last()).to_contain_text("You said hello")
        await at.page.fill("#text", "/po")
        await expect(at.page.locator("#commands li")).to_have_count(1)
        await at.page.locator("#commands button").click()
        await expect(at.last()).to_contain_text("You said /portfolio")


async def test_a_file_is_sent_and_several_lines_stay_one_message(phone: OpenPhone) -> None:
    async with phone() as at:
        file = {"name": "coins.csv", "mimeType": "text/csv", "buffer": b"coin,amount\nETH,10\n"}
        await at.page.set_input_files("#file", file)  # type: ignore[arg-type] # a dict in the place of a path
        await expect(at.last()).to_contain_text("A file: coins.csv")
        await at.page.fill("#text", "10 ETH\n5 BTC")
        await at.page.press("#text", "Enter")
        await expect(at.last()).to_contain_text("You said 10 ETH\n5 BTC")


async def test_dark_and_light_follow_the_system_and_the_button(phone: OpenPhone) -> None:
    async with phone("dark") as at:
        shade = "getComputedStyle(document.querySelector('.phone')).backgroundColor"
        dark = await at.page.evaluate(shade)
        await at.page.locator("#theme").click()
        await asyncio.sleep(0)
        assert await at.page.evaluate(shade) != dark


# groups


async def test_a_newcomer_brings_the_bot_into_the_group_and_gets_its_card(phone: OpenPhone) -> None:
    async with phone(has_groups=True) as at:
        await at.open("Funding desk")
        await expect(at.page.locator("#description")).to_have_text("The bot is not in this group.")
        await at.press("Add the bot")
        await expect(at.last()).to_contain_text("The card")
        await expect(at.last().locator(".sender")).to_have_text("Hedge bot")
        await expect(at.last().locator(".topic")).to_have_text("# General")
        await expect(at.page.locator("#messages > li.service").last).to_have_text("Ana added Hedge bot")
        await expect(at.page.locator("#status")).to_have_text("3 members · bot: member")
        await at.press("Edit")
        await expect(at.last()).to_contain_text("Edited")
        await at.do("Remove the bot")
        await expect(at.page.locator("#status")).to_have_text("2 members · bot: not here")
        assert await at.page.evaluate("document.documentElement.scrollWidth <= 390")


async def test_each_speaks_in_a_topic_under_the_own_name_and_is_answered_there(phone: OpenPhone) -> None:
    async with phone(has_groups=True) as at:
        await at.open("Funding desk")
        await at.press("Add the bot")
        await expect(at.last()).to_contain_text("The card")
        await at.page.select_option("#speaker", label="Ben (member)")
        await at.page.select_option("#topic", label="Funding")
        await at.say("/funding BTC")
        await expect(at.last()).to_contain_text("You said /funding BTC")
        await expect(at.last().locator(".topic")).to_have_text("# Funding")
        await expect(at.last().locator(".answered")).to_have_text("Ben /funding BTC")
        await expect(at.page.locator("#messages > li.mine")).to_have_count(1)
        await at.page.select_option("#speaker", label="Ana (administrator)")
        await expect(at.page.locator("#messages > li.mine")).to_have_count(0)
        await expect(at.page.locator(".sender", has_text="Ben")).to_have_count(1)
        await at.last().get_by_role("button", name="Reply").click()
        await expect(at.page.locator("#editing")).to_contain_text("Answering Hedge bot")
        await at.say("thanks")
        await expect(at.last()).to_contain_text("You said thanks")  # the bot hears answers to it


async def test_who_rules_a_group_writes_as_the_group_and_closes_its_topics(phone: OpenPhone) -> None:
    async with phone(has_groups=True) as at:
        await at.open("Funding desk")
        await at.press("Add the bot")
        await expect(at.last()).to_contain_text("The card")
        await at.page.select_option("#speaker", label="Ana (anonymous)")
        await at.page.select_option("#topic", label="Funding")
        await at.say("/settings")
        await expect(at.last()).to_contain_text("You said /settings")
        asked = at.telegram.messages(FORUM)[-2]
        assert (asked["from"]["username"], asked["sender_chat"]["id"]) == ("GroupAnonymousBot", FORUM)
        await at.do("Close the topic Funding")
        await expect(at.last()).to_have_text("Ana closed the topic")
        await at.do("Reopen the topic Funding")
        await at.do("Forbid the bot to write")
        await expect(at.page.locator("#status")).to_have_text("3 members · bot: restricted")
        await at.open("Hedge bot")
        await expect(at.page.locator("#speaker")).to_have_value(str(ANA))  # in a private chat nobody is anonymous


async def test_a_link_leads_from_the_group_to_the_private_chat_of_who_taps_it(phone: OpenPhone) -> None:
    async with phone(has_groups=True) as at:
        await at.open("Funding desk")
        await at.press("Add the bot")
        await expect(at.last()).to_contain_text("The card")
        await at.page.select_option("#speaker", label="Ben (member)")
        await at.press("Private")
        await expect(at.last()).to_contain_text("You said /start k3f9")
        await expect(at.page.locator("#name")).to_have_text("Hedge bot")
        assert [message["text"] for message in at.telegram.messages(BEN)] == ["/start k3f9", "You said /start k3f9"]
        assert at.telegram.messages(ANA) == ()


async def test_what_is_new_in_another_chat_is_counted_until_it_is_opened(phone: OpenPhone) -> None:
    async with phone(has_groups=True) as at:
        await at.page.fill("#text", "half a line")
        at.telegram.add_bot(SMALL_GROUP)
        badge = at.page.locator("#chats .badge")
        await expect(badge).to_have_text("1")  # the card; who added the bot did so himself
        await at.open("Small group")
        await expect(badge).to_have_count(0)
        await expect(at.last()).to_contain_text("The card")
        await expect(at.page.locator("#text")).to_have_value("")
        await at.open("Hedge bot")
        await expect(at.page.locator("#text")).to_have_value("half a line")


async def test_a_group_becomes_a_supergroup_under_the_finger(phone: OpenPhone) -> None:
    async with phone(has_groups=True) as at:
        await at.open("Small group")
        await at.press("Add the bot")
        await expect(at.last()).to_contain_text("The card")
        await at.do("Make it a supergroup")
        await expect(at.page.locator("#messages")).to_contain_text("This supergroup was a group before")
        await expect(at.page.locator("#chats button")).to_have_count(4)
        await at.say("/funding")
        await expect(at.last()).to_contain_text("You said /funding")
        assert at.telegram.chat(SMALL_GROUP).new_chat_id is not None


async def test_in_a_channel_only_its_administrator_posts_and_says_what_the_bot_may(phone: OpenPhone) -> None:
    async with phone(has_groups=True) as at:
        await at.open("Rates")
        await at.press("Make the bot an administrator")
        await expect(at.last()).to_contain_text("The card")
        await expect(at.last().locator(".sender")).to_have_text("Rates")
        await at.do("Take its right to post")
        await expect(at.page.locator("#status")).to_have_text("3 subscribers · bot: may not post")
        assert not at.telegram.chat(CHANNEL).details[at.telegram.state.bot["id"]]["can_post_messages"]
        await at.page.select_option("#speaker", label="Ben (member)")
        await expect(at.page.locator("#text")).to_be_disabled()
        await expect(at.page.locator("#more")).to_be_hidden()


async def test_only_who_rules_a_group_changes_what_the_bot_may_there(phone: OpenPhone) -> None:
    async with phone(has_groups=True) as at:
        await at.open("Funding desk")
        await at.page.select_option("#speaker", label="Ben (member)")
        await at.press("Add the bot")
        await expect(at.last()).to_contain_text("The card")
        await expect(at.page.locator("#more")).to_be_hidden()
        body = {"action": "remove", "chat_id": FORUM, "user_id": BEN}
        refused = await at.page.request.post(f"{at.page.url}chat/do", data=body)
        assert (refused.status, await refused.text()) == (400, "only administrators do that")
        body = {"text": "x", "chat_id": ANA, "user_id": BEN}
        assert (await at.page.request.post(f"{at.page.url}chat/say", data=body)).status == 400  # not his private chat
