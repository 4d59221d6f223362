// How messages look: text with its entities, pictures, files, buttons. Texts are never read as HTML.
"use strict";

function made(tag, className = "", text = "") {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text) element.textContent = text;
  return element;
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
