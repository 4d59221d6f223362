// The phone: shows what the server tells of each chat, and sends what the person who holds it does.
"use strict";

const $ = (id) => document.getElementById(id);
const list = $("messages"), field = $("text"), status = $("status"), speaker = $("speaker");
const BUSY_MS = 5000, TOAST_MS = 2500;
const BUSY = { typing: "typing…", upload_photo: "uploading photo…", upload_document: "uploading file…" };
const shown = new Map(); // message number -> its element, of the open chat
const chats = new Map(); // number -> { view, messages, unread, draft }
let bot = {}, people = [], here = null, editing = null, replying = null, busyTimer, toastTimer;

const HIDDEN = " as the group"; // behind the number of who writes anonymously

const me = () => parseInt(speaker.value, 10);
const isHidden = () => speaker.value.endsWith(HIDDEN);
const view = () => chats.get(here).view;
const messages = () => chats.get(here).messages;
const isGroup = (chat) => chat.type === "group" || chat.type === "supergroup";
const hasBot = (chat) => !["left", "kicked"].includes(chat.bot.status);
const rules = (chat) => ["creator", "administrator"].includes(chat.statuses[me()]);

// what the server tells

function listen() {
  const events = new EventSource("/chat/events");
  events.onmessage = (event) => hear(JSON.parse(event.data));
  events.onerror = () => { status.textContent = "connecting…"; };
}

function hear(event) {
  if (event.event === "snapshot") return begin(event);
  if (event.event === "chat") return learn(event.chat);
  const chat = chats.get(event.chat_id);
  if (!chat) return;
  if (event.event === "message" || event.event === "edited") return take(chat, event.message, event.event === "message");
  if (event.event === "deleted") return drop(chat, event.message_id);
  if (event.event === "action" && chat.view.id === here) beBusy(event.action);
}

function begin(snapshot) {
  ({ bot, people } = snapshot);
  $("notice").textContent = snapshot.notice;
  $("notice").hidden = !snapshot.notice;
  for (const chat of snapshot.chats) {
    const numbered = new Map(chat.messages.map((message) => [message.message_id, message]));
    chats.set(chat.id, { view: chat, messages: numbered, unread: 0, draft: "", ...kept(chat.id) });
  }
  if (!speaker.options.length) speaker.replaceChildren(...people.map((one) => new Option(one.first_name, one.id)));
  open(chats.has(here) && here !== null ? here : me());
}

function kept(number) {
  const { unread, draft } = chats.get(number) ?? {};
  return unread === undefined ? {} : { unread, draft };
}

function learn(told) {
  const old = chats.get(told.id);
  chats.set(told.id, { messages: new Map(), unread: 0, draft: "", ...old, view: told });
  if (told.moved_to && here === told.id && chats.has(told.moved_to)) return open(told.moved_to);
  const from = chats.get(here)?.view.moved_to;
  if (from === told.id) return open(told.id);
  refresh();
}

function take(chat, message, isNew) {
  chat.messages.set(message.message_id, message);
  if (chat.view.id === here) return show(message);
  if (isNew && message.from?.id !== me()) chat.unread += 1;
  drawTabs();
}

function drop(chat, number) {
  chat.messages.delete(number);
  if (chat.view.id !== here) return;
  shown.get(number)?.remove();
  shown.delete(number);
}

// the chats

function open(number) {
  const topic = here === number ? $("topic").value : "";
  turnTo(number);
  chats.get(here).unread = 0;
  list.replaceChildren();
  shown.clear();
  rest();
  $("topic").replaceChildren(...view().topics.map((one) => new Option(one.name, one.thread_id)));
  if (topic) $("topic").value = topic; // who speaks changes, not where
  refresh();
  messages().forEach(show);
  scrollToEnd();
}

// What was typed stays with its chat; the first keeps what was typed before it was there.
function turnTo(number) {
  if (here === number) return;
  const typed = editing ? "" : field.value;
  if (here !== null) {
    chats.get(here).draft = typed;
    stopEditing();
    field.value = chats.get(number).draft;
  }
  here = number;
  fit();
}

// Everything around the messages.
function refresh() {
  const chat = view(), isPrivate = chat.type === "private";
  $("name").textContent = chat.title;
  $("avatar").textContent = chat.title.slice(0, 1);
  if (!status.classList.contains("busy")) status.textContent = stateOf(chat);
  offerSpeakers(chat);
  $("where").hidden = people.length < 2;
  $("topicOf").hidden = chat.topics.length === 0;
  drawTabs();
  drawActions();
  offerStart();
  const mayWrite = chat.type !== "channel" || rules(chat);
  $("text").disabled = $("send").disabled = !mayWrite;
  const name = isHidden() ? chat.title : nameOf(me());
  field.placeholder = mayWrite ? (isPrivate ? "Message" : `Message as ${name}`) : "Administrators post here";
}

function stateOf(chat) {
  if (chat.type === "private") return hasBot(chat) ? "bot" : "blocked";
  const posts = chat.type === "channel" && chat.bot.status === "administrator" && !chat.bot.can_post_messages;
  const rank = hasBot(chat) ? (posts ? "may not post" : chat.bot.status) : "not here";
  return `${chat.members} ${chat.type === "channel" ? "subscribers" : "members"} · bot: ${rank}`;
}

// Each person, and in a group who rules it as the group too.
function offerSpeakers(chat) {
  const chosen = speaker.value, ruling = isGroup(chat) ? people.filter((one) => chat.statuses[one.id] === "administrator") : [];
  const named = people.map((one) => new Option(nameWithRank(chat, one.id), one.id));
  const hidden = ruling.map((one) => new Option(`${one.first_name} (anonymous)`, `${one.id}${HIDDEN}`));
  speaker.replaceChildren(...named, ...hidden);
  speaker.value = [...speaker.options].some((option) => option.value === chosen) ? chosen : String(parseInt(chosen, 10));
}

const nameOf = (number) => people.find((one) => one.id === number)?.first_name ?? "";
const nameWithRank = (chat, number) => (chat.type === "private" ? nameOf(number) : `${nameOf(number)} (${chat.statuses[number]})`);

function drawTabs() {
  const listed = [...chats.values()].filter(({ view: chat }) => (chat.type === "private" ? chat.id === me() : !chat.moved_to));
  $("chats").hidden = listed.length < 2;
  const focused = $("chats").contains(document.activeElement);
  $("chats").replaceChildren(...listed.map(tab));
  if (focused) $("chats").querySelector("[aria-current]")?.focus();
}

function tab({ view: chat, unread }) {
  const choice = made("button", "tab");
  choice.type = "button";
  choice.append(made("span", "", chat.title));
  if (unread) {
    const badge = made("b", "badge", String(unread));
    badge.setAttribute("aria-label", `${unread} new`);
    choice.append(badge);
  }
  if (chat.id === here) choice.setAttribute("aria-current", "true");
  choice.onclick = () => open(chat.id);
  return choice;
}

// What can be done to the bot here: [label, action].
function actions() {
  const chat = view(), isIn = hasBot(chat);
  if (chat.type === "private") return people.length < 2 ? [] : [isIn ? ["Block the bot", "block"] : ["Unblock the bot", "unblock"]];
  if (!rules(chat)) return isIn || chat.type === "channel" ? [] : [["Add the bot", "add"]];
  const leave = isIn ? [["Remove the bot", "remove"]] : [];
  if (chat.type === "channel") return [...(chat.bot.can_post_messages ? [["Take its right to post", "mute"]] : [["Make the bot an administrator", "promote"]]), ...leave];
  return [...(isIn ? ranks(chat) : [["Add the bot", "add"]]), ...leave, ...more(chat)];
}

function ranks(chat) {
  if (chat.bot.status === "restricted") return [["Let the bot write again", "demote"]];
  const other = chat.bot.status === "administrator" ? ["Make the bot a member", "demote"] : ["Make the bot an administrator", "promote"];
  return [other, ["Forbid the bot to write", "restrict"]];
}

function more(chat) {
  if (chat.type === "group") return [["Make it a supergroup", "upgrade"]];
  const topic = chat.topics.find((one) => one.thread_id === Number($("topic").value));
  if (!topic) return [];
  return [topic.is_closed ? [`Reopen the topic ${topic.name}`, "reopen"] : [`Close the topic ${topic.name}`, "close"]];
}

function drawActions() {
  const offered = actions();
  $("more").hidden = !offered.length;
  $("actions").replaceChildren(...offered.map(([label, action]) => {
    const item = made("li"), choice = made("button", "", label);
    choice.type = "button";
    choice.onclick = () => { showActions(false); act(action); };
    item.append(choice);
    return item;
  }));
}

function showActions(isOpen) {
  $("actions").hidden = !isOpen;
  $("more").setAttribute("aria-expanded", String(isOpen));
  if (isOpen) $("actions").querySelector("button")?.focus();
}

const act = (action) => post("/chat/do", { action, thread_id: Number($("topic").value) || 0 });

// In place of a first message, and wherever the bot is not.
function offerStart() {
  const chat = view(), first = actions()[0];
  $("start").hidden = hasBot(chat) && (messages().size > 0 || chat.type !== "private");
  const isIn = hasBot(chat);
  $("description").textContent = isIn ? chat.about : chat.type === "private" ? "You blocked the bot." : `The bot is not in this ${isGroup(chat) ? "group" : "channel"}.`;
  $("begin").textContent = isIn ? "Start" : first?.[0] ?? "";
  $("begin").hidden = !isIn && !first;
  $("begin").onclick = () => (isIn ? say("/start") : act(first[1]));
}

// messages

function show(message) {
  const old = shown.get(message.message_id), atEnd = isAtEnd(), isOurs = isMine(message);
  const open = old ? [...old.querySelectorAll("blockquote")].map((quote) => quote.classList.contains("open")) : [];
  const focused = old?.contains(document.activeElement) ? document.activeElement.textContent : null;
  const element = drawn(message);
  [...element.querySelectorAll("blockquote.expandable")].forEach((quote, at) => open[at] && quote.classList.add("open"));
  shown.set(message.message_id, element);
  if (old) old.replaceWith(element);
  else list.append(element);
  if (focused) [...element.querySelectorAll("button")].find((key) => key.textContent === focused)?.focus();
  offerStart();
  if (message.from?.id === bot.id) rest();
  if (atEnd || (!old && isOurs)) scrollToEnd();
}

const isMine = (message) => message.from?.id === me();

function drawn(message) {
  const service = serviceWords(message);
  if (service) return made("li", "service", service);
  const isOurs = isMine(message), item = made("li", isOurs ? "message mine" : "message"), bubble = made("div", "bubble");
  item.dataset.id = message.message_id;
  if (isOurs && message.text) item.oncontextmenu = (event) => { event.preventDefault(); edit(message); }; // a long press
  if (view().type !== "private") bubble.append(above(message));
  if (message.reply_to_message && !serviceWords(message.reply_to_message)) bubble.append(answered(message.reply_to_message));
  if (message.photo) bubble.append(photo(message.photo.at(-1)));
  if (message.document) bubble.append(file(message.document));
  const words = message.text ?? message.caption ?? "";
  if (words) bubble.append(formatted(words, message.entities ?? message.caption_entities ?? []));
  bubble.append(foot(message));
  item.append(bubble);
  if (message.reply_markup?.inline_keyboard) {
    item.classList.add("keyed");
    item.append(keyboard(message));
  }
  return item;
}

// Who wrote it, and in which topic.
function above(message) {
  const line = made("span", "above");
  if (!isMine(message)) line.append(made("b", "sender", senderOf(message)));
  const topics = view().topics, number = message.is_topic_message ? message.message_thread_id : 1;
  const topic = topics.find((one) => one.thread_id === number);
  if (topic) line.append(made("span", "topic", `# ${topic.name}`));
  return line;
}

const senderOf = (message) => message.sender_chat?.title ?? message.from?.first_name ?? "";

function answered(message) {
  const line = made("span", "answered");
  line.append(made("b", "", senderOf(message)), " ", (message.text ?? message.caption ?? "Picture").split("\n")[0]);
  return line;
}

function serviceWords(message) {
  const who = message.from?.first_name ?? "", names = (users) => users.map((user) => user.first_name).join(", ");
  if (message.new_chat_members) return `${who} added ${names(message.new_chat_members)}`;
  if (message.left_chat_member) return `${who} removed ${message.left_chat_member.first_name}`;
  if (message.forum_topic_created) return `${who} opened the topic “${message.forum_topic_created.name}”`;
  if (message.forum_topic_closed) return `${who} closed the topic`;
  if (message.forum_topic_reopened) return `${who} reopened the topic`;
  if (message.migrate_to_chat_id) return "This group became a supergroup";
  if (message.migrate_from_chat_id) return "This supergroup was a group before: its number is new";
  return "";
}

function foot(message) {
  const time = new Date(message.date * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  const line = made("span", "foot", message.edit_date ? `edited ${time}` : time);
  if (isGroup(view()) && !isMine(message)) line.prepend(replyKey(message));
  return line;
}

function replyKey(message) {
  const key = made("button", "reply", "Reply");
  key.type = "button";
  key.onclick = () => { stopEditing(); replying = message.message_id; note(`Answering ${senderOf(message)}`); field.focus(); };
  return key;
}

function beBusy(action) {
  status.textContent = BUSY[action] || "busy…";
  status.classList.add("busy");
  clearTimeout(busyTimer);
  busyTimer = setTimeout(rest, BUSY_MS);
}

function rest() {
  clearTimeout(busyTimer);
  status.classList.remove("busy");
  status.textContent = stateOf(view());
}

const isAtEnd = () => list.scrollHeight - list.scrollTop - list.clientHeight < 60;
const scrollToEnd = () => { list.scrollTop = list.scrollHeight; };

function toast(text) {
  $("toast").textContent = text;
  $("toast").hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => { $("toast").hidden = true; }, TOAST_MS);
}

// what the person does

async function press(element, messageId, data) {
  element.classList.add("waiting");
  try {
    const answer = await post("/chat/press", { message_id: messageId, data });
    if (answer?.url) openLink(answer.url);
    if (answer?.text && answer.show_alert) alert(answer.text);
    else if (answer?.text) toast(answer.text);
  } finally {
    element.classList.remove("waiting");
  }
}

const startsOwnBot = (url) => new RegExp(`^(https?://)?(t|telegram)\\.me/${bot.username}\\?start(group)?=`, "i").test(url);

async function openLink(url) {
  if (!startsOwnBot(url)) return window.open(url, "_blank", "noreferrer");
  const group = isGroup(view()) ? here : [...chats.values()].find(({ view: chat }) => isGroup(chat) && !chat.moved_to)?.view.id;
  const led = await post("/chat/open", { url, chat_id: /\?startgroup=/i.test(url) ? group : me() });
  if (led) open(led.chat_id);
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast("Copied");
  } catch {
    toast(`The browser refuses to copy: ${text}`);
  }
}

function post(path, body) {
  const where = { chat_id: here, user_id: me() };
  return request(path, { headers: { "Content-Type": "application/json" }, body: JSON.stringify({ ...where, ...body }) });
}

async function request(path, options) {
  try {
    const response = await fetch(path, { method: "POST", ...options });
    if (!response.ok) toast(await response.text());
    return response.ok ? response.json() : null;
  } catch {
    toast("The sandbox is not running.");
    return null;
  }
}

function say(text, reply_to = null) {
  return post("/chat/say", { text, reply_to, thread_id: Number($("topic").value) || 0, anonymously: isHidden() });
}

async function send() {
  const text = field.value, number = editing, answeredTo = replying;
  if (!text.trim()) return;
  stopEditing();
  const sent = number ? await post("/chat/edit", { message_id: number, text }) : await say(text, answeredTo);
  if (!sent && !field.value) { field.value = text; fit(); } // nothing typed is lost
}

function editLast() {
  const own = [...messages().values()].filter((message) => isMine(message) && message.text).at(-1);
  if (own) edit(own);
}

function edit(own) {
  stopEditing();
  editing = own.message_id;
  note("Editing your message");
  field.value = own.text;
  field.focus();
  fit();
}

function note(words) {
  $("editing").firstElementChild.textContent = words;
  $("editing").hidden = false;
}

function stopEditing() {
  editing = replying = null;
  $("editing").hidden = true;
  field.value = "";
  fit();
  suggest();
}

async function attach(chosen) {
  const body = new FormData();
  body.append("file", chosen);
  body.append("caption", field.value.trim());
  body.append("chat_id", here);
  body.append("user_id", me());
  if (await request("/chat/upload", { headers: { "X-Sandbox": "1" }, body })) stopEditing();
}

function fit() {
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight + 2}px`;
}

function suggest(all = false) {
  const commands = chats.has(here) && hasBot(view()) ? view().commands[me()] ?? [] : [], typed = field.value;
  const isName = /^\/\w*$/.test(typed);
  const found = all ? commands : isName ? commands.filter((one) => `/${one.command}`.startsWith(typed.toLowerCase())) : [];
  $("commands").replaceChildren(...found.map(offered));
  $("commands").hidden = !found.length;
  $("menu").setAttribute("aria-expanded", String(!!found.length));
}

function offered(one) {
  const item = made("li"), choice = made("button");
  choice.type = "button";
  choice.append(made("b", "", `/${one.command}`), " ", made("span", "", one.description));
  choice.onclick = () => { stopEditing(); say(`/${one.command}`); field.focus(); };
  item.append(choice);
  return item;
}

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
}

$("composer").onsubmit = (event) => { event.preventDefault(); send(); };
field.oninput = () => { fit(); suggest(); };
field.onkeydown = (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); send(); }
  if (event.key === "ArrowUp" && !field.value) { event.preventDefault(); editLast(); }
  if (event.key === "Escape") stopEditing();
};
speaker.onchange = () => {
  if (editing) stopEditing();
  open(view().type === "private" ? me() : here);
};
$("topic").onchange = drawActions;
$("menu").onclick = () => suggest($("commands").hidden);
$("cancel").onclick = stopEditing;
$("more").onclick = () => showActions($("actions").hidden);
$("actions").onkeydown = (event) => { if (event.key === "Escape") { showActions(false); $("more").focus(); } };
document.addEventListener("click", (event) => { if (!event.target.closest("#more, #actions")) showActions(false); });
$("file").onchange = () => { if ($("file").files.length) attach($("file").files[0]); $("file").value = ""; };
$("picture").onclick = () => $("picture").close();
$("theme").onclick = () => setTheme(document.documentElement.dataset.theme === "dark" ? "light" : "dark");
const dark = matchMedia("(prefers-color-scheme: dark)");
dark.onchange = () => setTheme(dark.matches ? "dark" : "light");
setTheme(dark.matches ? "dark" : "light");
listen();
