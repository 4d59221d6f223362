// The phone: shows what the server tells, and sends what the person does. Texts are never read as HTML.
"use strict";

const $ = (id) => document.getElementById(id);
const list = $("messages"), field = $("text"), status = $("status");
const BUSY_MS = 5000, TOAST_MS = 2500;
const BUSY = { typing: "typing…", upload_photo: "uploading photo…", upload_document: "uploading file…" };
const shown = new Map(); // message number -> its element
let bot = {}, commands = [], messages = new Map(), editing = null, busyTimer, toastTimer;

// what the server tells

function listen() {
  const events = new EventSource("/chat/events");
  events.onmessage = (event) => hear(JSON.parse(event.data));
  events.onerror = () => { status.textContent = "connecting…"; };
}

function hear(event) {
  if (event.event === "snapshot") return begin(event);
  if (event.event === "message" || event.event === "edited") return show(event.message);
  if (event.event === "deleted") return drop(event.message_id);
  if (event.event === "action") return beBusy(event.action);
  if (event.event === "commands") commands = event.commands;
}

function begin(snapshot) {
  bot = snapshot.bot;
  commands = snapshot.commands;
  $("name").textContent = bot.first_name;
  status.textContent = "bot";
  $("notice").textContent = snapshot.notice;
  $("notice").hidden = !snapshot.notice;
  list.replaceChildren();
  shown.clear();
  messages = new Map();
  $("description").textContent = snapshot.description;
  $("start").hidden = snapshot.messages.length > 0;
  snapshot.messages.forEach(show);
}

function show(message) {
  const old = shown.get(message.message_id), atEnd = isAtEnd();
  const open = old ? [...old.querySelectorAll("blockquote")].map((quote) => quote.classList.contains("open")) : [];
  const focused = old?.contains(document.activeElement) ? document.activeElement.textContent : null;
  const element = drawn(message);
  [...element.querySelectorAll("blockquote.expandable")].forEach((quote, at) => open[at] && quote.classList.add("open"));
  messages.set(message.message_id, message);
  shown.set(message.message_id, element);
  if (old) old.replaceWith(element);
  else list.append(element);
  if (focused) [...element.querySelectorAll("button")].find((key) => key.textContent === focused)?.focus();
  $("start").hidden = true;
  if (message.from.is_bot) rest();
  if (atEnd || (!old && !message.from.is_bot)) scrollToEnd();
}

function drop(number) {
  shown.get(number)?.remove();
  shown.delete(number);
  messages.delete(number);
}

function beBusy(action) {
  status.textContent = BUSY[action] || "busy…";
  status.classList.add("busy");
  clearTimeout(busyTimer);
  busyTimer = setTimeout(rest, BUSY_MS);
}

function rest() {
  clearTimeout(busyTimer);
  status.textContent = "bot";
  status.classList.remove("busy");
}

const isAtEnd = () => list.scrollHeight - list.scrollTop - list.clientHeight < 60;
const scrollToEnd = () => { list.scrollTop = list.scrollHeight; };

// messages

function made(tag, className = "", text = "") {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text) element.textContent = text;
  return element;
}

function drawn(message) {
  const item = made("li", message.from.is_bot ? "message" : "message mine"), bubble = made("div", "bubble");
  item.dataset.id = message.message_id;
  if (!message.from.is_bot && message.text) item.oncontextmenu = (event) => { event.preventDefault(); edit(message); }; // a long press
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

function photo(size) {
  const image = made("img", "photo");
  image.src = `/chat/file/${size.file_id}`;
  image.alt = "Picture from the bot; tap to enlarge";
  image.onload = () => { if (isAtEnd()) scrollToEnd(); };
  image.style.aspectRatio = `${size.width} / ${size.height}`;
  image.onclick = () => { $("picture").firstElementChild.src = image.src; $("picture").showModal(); };
  return image;
}

function file(document_) {
  const link = made("a", "document", `📄 ${document_.file_name ?? "file"}`);
  link.href = `/chat/file/${document_.file_id}`;
  link.download = document_.file_name ?? "file";
  return link;
}

function foot(message) {
  const time = new Date(message.date * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  return made("span", "foot", message.edit_date ? `edited ${time}` : time);
}

// Entities count UTF-16 units, as strings do here.
function formatted(text, entities) {
  const root = made("div", "text");
  const sorted = [...entities].sort((a, b) => a.offset - b.offset || b.length - a.length);
  fill(root, text, 0, text.length, sorted);
  return root;
}

function fill(parent, text, from, to, entities) {
  let at = from;
  while (entities.length && entities[0].offset < to) {
    const entity = entities.shift(), end = Math.min(entity.offset + entity.length, to);
    if (entity.offset < at) continue;
    parent.append(text.slice(at, entity.offset));
    const inside = [];
    while (entities.length && entities[0].offset < end) inside.push(entities.shift());
    const [outer, inner] = wrapped(entity, text.slice(entity.offset, end));
    fill(inner, text, entity.offset, end, inside);
    parent.append(outer);
    at = end;
    if (outer.matches("pre, blockquote") && text[at] === "\n") at += 1; // a block ends its line itself
  }
  parent.append(text.slice(at, to));
}

const TAGS = { bold: "b", italic: "i", underline: "u", strikethrough: "s", code: "code", pre: "pre" };

function wrapped(entity, text) {
  if (entity.type === "blockquote" || entity.type === "expandable_blockquote") return quote(entity);
  if (entity.type === "text_link" || entity.type === "url") return twice(link(entity.url ?? text));
  if (entity.type === "bot_command") return twice(command(text));
  if (entity.type === "date_time") return moment(entity);
  const element = made(TAGS[entity.type] ?? "span", entity.type === "spoiler" ? "spoiler" : "");
  if (entity.type === "spoiler") element.onclick = () => element.classList.add("shown");
  if (entity.type === "pre" || entity.type === "code") element.onclick = (event) => { event.stopPropagation(); copy(text); };
  return twice(element);
}

const twice = (element) => [element, element];

function quote(entity) {
  const outer = made("blockquote"), inner = made("span", "inside");
  outer.append(inner);
  if (entity.type === "expandable_blockquote") {
    outer.classList.add("expandable");
    outer.tabIndex = 0;
    outer.setAttribute("role", "button");
    outer.setAttribute("aria-expanded", "false");
    const turn = () => outer.setAttribute("aria-expanded", String(outer.classList.toggle("open")));
    outer.onclick = turn;
    outer.onkeydown = (event) => { if (event.key === "Enter") turn(); };
  }
  return [outer, inner];
}

function link(url) {
  const element = made("a");
  element.href = /^(https?|tg):/.test(url) ? url : `https://${url}`;
  element.target = "_blank";
  element.rel = "noreferrer";
  element.onclick = (event) => { if (startsOwnBot(url)) { event.preventDefault(); openLink(url); } };
  return element;
}

function command(text) {
  const element = made("button", "command");
  element.type = "button";
  element.onclick = () => say(text);
  return element;
}

// A time in the reader's own zone and language; without a format the bot's words stay and the time is a hint.
function moment(entity) {
  const element = made("time"), at = new Date(entity.unix_time * 1000), format = entity.date_time_format ?? "";
  element.dateTime = at.toISOString();
  element.title = at.toLocaleString();
  if (!format) return [element, element];
  element.textContent = format === "r" ? relative(at) : at.toLocaleString([], timeParts(format));
  if (format === "r") element.classList.add("relative");
  return [element, made("span")]; // the bot's words are for phones that do not know the tag
}

function timeParts(format) {
  return {
    weekday: format.includes("w") ? "long" : undefined,
    ...(format.includes("d") ? { day: "2-digit", month: "2-digit", year: "2-digit" } : {}),
    ...(format.includes("D") ? { day: "numeric", month: "long", year: "numeric" } : {}),
    ...(/t/i.test(format) ? { hour: "2-digit", minute: "2-digit" } : {}),
    ...(format.includes("T") ? { second: "2-digit" } : {}),
  };
}

const SPANS = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];

function relative(at) {
  const seconds = (at - Date.now()) / 1000;
  const [unit, length] = SPANS.find(([, one]) => Math.abs(seconds) >= one) ?? SPANS.at(-1);
  return new Intl.RelativeTimeFormat([], { numeric: "auto" }).format(Math.trunc(seconds / length), unit);
}

setInterval(() => {
  for (const element of list.querySelectorAll("time.relative")) element.textContent = relative(new Date(element.dateTime));
}, 1000);

// keyboards

function keyboard(message) {
  const rows = made("div", "keys");
  for (const row of message.reply_markup.inline_keyboard) {
    const line = made("div");
    line.append(...row.map((key) => button(message, key)));
    rows.append(line);
  }
  return rows;
}

function button(message, key) {
  const element = made("button", "key", key.text);
  element.type = "button";
  if (key.copy_text) element.dataset.kind = "copy";
  if (key.url) element.dataset.kind = "link";
  element.onclick = () => {
    if (key.copy_text) return copy(key.copy_text.text);
    if (key.url) return openLink(key.url);
    return press(element, message.message_id, key.callback_data);
  };
  return element;
}

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

const startsOwnBot = (url) => new RegExp(`^https?://t\\.me/${bot.username}\\?start=`, "i").test(url);

function openLink(url) {
  if (startsOwnBot(url)) return say(`/start ${new URL(url).searchParams.get("start")}`);
  window.open(url, "_blank", "noreferrer");
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast("Copied");
  } catch {
    toast(`The browser refuses to copy: ${text}`);
  }
}

function toast(text) {
  $("toast").textContent = text;
  $("toast").hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => { $("toast").hidden = true; }, TOAST_MS);
}

// what the person does

const post = (path, body) => request(path, { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

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

const say = (text) => post("/chat/say", { text });

async function send() {
  const text = field.value, number = editing;
  if (!text.trim()) return;
  stopEditing();
  const sent = number ? await post("/chat/edit", { message_id: number, text }) : await say(text);
  if (!sent && !field.value) { field.value = text; fit(); } // nothing typed is lost
}

function editLast() {
  const own = [...messages.values()].filter((message) => !message.from.is_bot && message.text).at(-1);
  if (own) edit(own);
}

function edit(own) {
  editing = own.message_id;
  $("editing").hidden = false;
  field.value = own.text;
  field.focus();
  fit();
}

function stopEditing() {
  editing = null;
  $("editing").hidden = true;
  field.value = "";
  fit();
  suggest();
}

async function attach(chosen) {
  const body = new FormData();
  body.append("file", chosen);
  body.append("caption", field.value.trim());
  if (await request("/chat/upload", { headers: { "X-Sandbox": "1" }, body })) stopEditing();
}

function fit() {
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight + 2}px`;
}

function suggest(all = false) {
  const typed = field.value;
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
$("menu").onclick = () => suggest($("commands").hidden);
$("cancel").onclick = stopEditing;
$("begin").onclick = () => say("/start");
$("file").onchange = () => { if ($("file").files.length) attach($("file").files[0]); $("file").value = ""; };
$("picture").onclick = () => $("picture").close();
$("theme").onclick = () => setTheme(document.documentElement.dataset.theme === "dark" ? "light" : "dark");
const dark = matchMedia("(prefers-color-scheme: dark)");
dark.onchange = () => setTheme(dark.matches ? "dark" : "light");
setTheme(dark.matches ? "dark" : "light");
listen();
