// The chat page, livelier: answers stream in, citations mark the profile without leaving the page. Everything works without this file too.
// Text only ever enters the page as text (textContent); every sentence comes from the page itself.

const talk = document.getElementById("samtale");
const turns = document.getElementById("turns");
const form = document.getElementById("ask");
const field = document.getElementById("spoerg");
const status = document.getElementById("status");
const suggestions = document.getElementById("suggestions");
const text = document.getElementById("text");
const paper = document.getElementById("profil");
const back = document.getElementById("back");
const say = talk.dataset;
const { slug } = say;
let conversation = say.conversation || null;
let busy = false;
let origin = null;

const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
const copy = (id) => document.getElementById(id).content.firstElementChild.cloneNode(true);
const fill = (sentence, values) => sentence.replace(/\{(\w+)\}/g, (_, name) => values[name]);
const make = (name, words = "") => Object.assign(document.createElement(name), { textContent: words });

// -- the profile: a span of characters (code points, as Python counts them) becomes marks

let places = null;

function read() {
  for (const found of text.querySelectorAll("mark")) {
    found.querySelector("[hidden]")?.remove();
    found.replaceWith(found.textContent.slice(0, found.textContent.length - Number(found.dataset.gap ?? 0)));
  }
  return Array.from(text.querySelectorAll("[data-at]"), (element) => ({ element, at: Number(element.dataset.at), characters: Array.from(element.textContent) }));
}

function mark(start, end) {
  let first = null;
  places ??= read();
  for (const { element, at, characters } of places) {
    const from = Math.max(0, start - at);
    const to = Math.min(characters.length, end - at);
    if (from >= to) {
      if (element.firstElementChild) element.textContent = characters.join("");
      continue;
    }
    const found = make("mark", characters.slice(from, to).join(""));
    if (end > at + characters.length && element.nextElementSibling?.dataset.at) found.append("\t");
    element.replaceChildren(characters.slice(0, from).join(""), found, characters.slice(to).join(""));
    first ??= found;
  }
  if (first) Object.assign(first, { id: "kilde", tabIndex: -1 });
  return first;
}

function show(found, focus = true) {
  const behavior = calm() ? "auto" : "smooth";
  if (paper.scrollHeight > paper.clientHeight + 4 && getComputedStyle(paper).overflowY === "auto") {
    const top = found.getBoundingClientRect().top - paper.getBoundingClientRect().top;
    paper.scrollTo({ top: paper.scrollTop + top - paper.clientHeight / 3, behavior });
  } else {
    found.scrollIntoView({ block: "center", behavior });
  }
  if (focus) found.focus({ preventScroll: true });
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-start]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const found = mark(Number(link.dataset.start), Number(link.dataset.end));
  if (!found) return;
  event.preventDefault();
  origin = link;
  back.hidden = false;
  document.querySelectorAll("[aria-current]").forEach((one) => one.removeAttribute("aria-current"));
  link.setAttribute("aria-current", "true");
  show(found);
});

back.addEventListener("click", (event) => {
  if (!origin) return;
  event.preventDefault();
  origin.scrollIntoView({ block: "center", behavior: calm() ? "auto" : "smooth" });
  origin.focus({ preventScroll: true });
});

// -- an answer: its text, with [n] as links to the place

function place(link, citation) {
  link.href = `/p/${encodeURIComponent(citation.profile)}?start=${citation.start}&end=${citation.end}#kilde`;
  if (citation.profile === slug) Object.assign(link.dataset, { start: citation.start, end: citation.end });
  return link;
}

function line(element, words, citations) {
  let at = 0;
  for (const found of words.matchAll(/\s*\[(\d{1,3})\]/g)) {
    const citation = citations.find((one) => one.number === Number(found[1]));
    if (!citation) continue;
    const link = place(make("a", citation.number), citation);
    link.className = "chip";
    link.title = citation.quote;
    link.setAttribute("aria-label", fill(citation.section ? say.source : say.sourcePlain, citation));
    element.append(words.slice(at, found.index), link);
    at = found.index + found[0].length;
  }
  element.append(words.slice(at));
  return element;
}

function write(said, answer) {
  said.replaceChildren();
  let list = null;
  for (const words of answer.answer.split("\n").map((one) => one.trim()).filter(Boolean)) {
    if (words.startsWith("- ")) {
      if (!list) said.append((list = make("ul")));
      list.append(line(make("li"), words.slice(2), answer.citations));
    } else {
      list = null;
      said.append(line(make("p"), words, answer.citations));
    }
  }
}

function sources(citations) {
  const found = copy("sources-template");
  found.open = citations.length < 4;
  for (const citation of citations) {
    const one = copy("source-template");
    place(one.firstElementChild, citation);
    one.querySelector(".number").textContent = citation.number;
    one.querySelector(".where").textContent = [citation.section, citation.page && fill(say.page, citation)].filter(Boolean).join(" · ");
    one.querySelector("q").textContent = citation.quote;
    found.lastElementChild.append(one);
  }
  return found;
}

function suggest(questions) {
  if (!questions.length) return;
  document.getElementById("suggestions-title").textContent = say.next;
  document.getElementById("suggestions-buttons").replaceChildren(
    ...questions.map((words) => Object.assign(make("button", words), { type: "submit", name: "question", value: words })),
  );
}

// -- asking

async function* events(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let waiting = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const parts = (waiting + value).split("\n\n");
    waiting = parts.pop();
    for (const part of parts) {
      const name = /^event: (.*)$/m.exec(part)?.[1];
      const data = /^data: (.*)$/m.exec(part)?.[1];
      if (name && data) yield [name, JSON.parse(data)];
    }
  }
}

async function send(question) {
  const body = JSON.stringify({ question, profile: slug, ...(conversation && { conversation_id: conversation }) });
  const headers = { "Content-Type": "application/json", "Accept-Language": document.documentElement.lang };
  const response = await fetch("/api/ask/stream", { method: "POST", headers, body });
  if (response.ok) return response;
  const { error } = await response.json();
  if (error.code === "unknown_conversation" && conversation) {
    conversation = null;
    return send(question);
  }
  throw Object.assign(new Error(error.message), { told: true });
}

async function receive(response, said) {
  for await (const [name, data] of events(response)) {
    if (name === "error") throw Object.assign(new Error(data.error.message), { told: true });
    if (name === "answer") return data;
    if (said.dataset.waiting) said.replaceChildren(make("p"));
    delete said.dataset.waiting;
    said.firstElementChild.textContent += data.text;
  }
  throw new Error("cut off");
}

async function ask(question) {
  if (busy || !question.trim()) return;
  busy = true;
  talk.setAttribute("aria-busy", "true");
  document.getElementById("welcome")?.remove();
  document.getElementById("complaint")?.remove();
  suggestions.hidden = true;
  const turn = begin(question);
  const article = turn.querySelector("article");
  const said = turn.querySelector(".said");
  status.textContent = say.working;
  try {
    finish(article, said, await receive(await send(question), said));
  } catch (error) {
    fail(turn, said, question, error.told ? error.message : say.failed);
  } finally {
    busy = false;
    talk.removeAttribute("aria-busy");
  }
}

function begin(question) {
  document.getElementById("nyeste")?.removeAttribute("id");
  const turn = copy("turn-template");
  turn.id = "nyeste";
  turn.querySelector(".asked").textContent = question;
  const said = turn.querySelector(".said");
  said.dataset.waiting = "1";
  said.append(make("p", say.working));
  turns.append(turn);
  turn.scrollIntoView({ block: "start", behavior: calm() ? "auto" : "smooth" });
  return turn;
}

function finish(article, said, answer) {
  delete said.dataset.waiting;
  const first = !conversation;
  conversation = answer.conversation_id;
  article.lang = answer.language;
  article.dataset.answer = "";
  article.classList.toggle("abstained", answer.abstained);
  write(said, answer);
  if (answer.citations.length) article.append(sources(answer.citations));
  suggest(answer.suggestions);
  suggestions.hidden = !suggestions.querySelector("button");
  status.textContent = `${say.done} ${answer.answer.replace(/\s*\[\d+\]/g, "")}`;
  if (first || !document.getElementById("slet")) erasable();
}

function fail(turn, said, question, message) {
  const failed = copy("failed-template");
  failed.firstElementChild.textContent = message;
  failed.lastElementChild.addEventListener("click", () => {
    turn.remove();
    ask(question);
    field.focus();
  });
  delete said.dataset.waiting;
  said.replaceChildren(failed);
  status.textContent = message;
}

// The button that deletes the conversation needs the cookie's token: it comes from the page as the server would show it now.
async function erasable() {
  try {
    const page = new DOMParser().parseFromString(await (await fetch(location.pathname + location.search, { headers: { Accept: "text/html" } })).text(), "text/html");
    const button = page.getElementById("slet");
    document.getElementById("slet")?.remove();
    if (button) document.querySelector(".kept").append(document.adoptNode(button));
  } catch {
    // without it the next page has the button
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (busy) return;
  const question = field.value;
  field.value = "";
  ask(question);
});

suggestions.addEventListener("submit", (event) => {
  event.preventDefault();
  if (!event.submitter) return;
  ask(event.submitter.value);
  field.focus({ preventScroll: true });
});

field.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  form.requestSubmit();
});

const marked = document.getElementById("kilde");
if (marked) show(marked, false);
