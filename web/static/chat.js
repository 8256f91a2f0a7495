// The chat page, livelier: answers stream in, citations mark the profile without leaving the page. Everything works without this file too.
// Text only enters the page as text (textContent) or as our own server's HTML, parsed apart, where no script runs. Every sentence comes from the page.

const byId = (id) => document.getElementById(id);
const talk = byId("samtale");
const turns = byId("turns");
const form = byId("ask");
const field = byId("spoerg");
const status = byId("status");
const text = byId("text");
const back = byId("back");
const say = talk.dataset;
const waitingKey = `spurgt-${say.slug}`;
let key = form.elements.samtale?.value ?? null; // the widget's key; the page has a cookie instead
let busy = false;
let origin = null;

const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
const smooth = () => (calm() ? "auto" : "smooth");
const copyOf = (id) => byId(id).content.firstElementChild.cloneNode(true);
const make = (name, words = "") => Object.assign(document.createElement(name), { textContent: words });
const parsed = (html) => document.adoptNode(new DOMParser().parseFromString(html, "text/html").body);
const last = () => turns.querySelector(".turn[data-number]:last-of-type");
const told = (message) => Object.assign(new Error(message), { told: true });

// what the browser remembers of a question whose answer has not come yet
const remember = (question) => {
  try {
    if (question) sessionStorage.setItem(waitingKey, question);
    else sessionStorage.removeItem(waitingKey);
  } catch {
    // a browser that stores nothing forgets
  }
};
const remembered = () => {
  try {
    return sessionStorage.getItem(waitingKey);
  } catch {
    return null;
  }
};

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
  const frame = [byId("profil"), byId("side")].find((one) => ["auto", "scroll"].includes(getComputedStyle(one).overflowY));
  if (frame) {
    const top = found.getBoundingClientRect().top - frame.getBoundingClientRect().top;
    frame.scrollTo({ top: frame.scrollTop + top - frame.clientHeight / 3, behavior: smooth() });
  } else {
    found.scrollIntoView({ block: "center", behavior: smooth() });
  }
  if (focus) found.focus({ preventScroll: true });
}

function current(link) {
  document.querySelectorAll("[aria-current]").forEach((one) => one.removeAttribute("aria-current"));
  link?.setAttribute("aria-current", "true");
  back.hidden = !link;
  origin = link;
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-start]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const { start, end } = link.dataset;
  const found = mark(Number(start), Number(end));
  if (!found) return;
  event.preventDefault();
  const query = new URLSearchParams(location.search);
  for (const gone of ["svar", "slettet"]) query.delete(gone);
  query.set("start", start);
  query.set("end", end);
  history.pushState({ start, end }, "", `${location.pathname}?${query}`);
  current(link);
  show(found);
});

addEventListener("popstate", () => {
  const query = new URLSearchParams(location.search);
  const [start, end] = ["start", "end"].map((name) => Number(query.get(name)));
  const left = origin;
  const found = mark(start, end);
  current(found ? document.querySelector(`a[data-start="${start}"][data-end="${end}"]`) : null);
  if (found) show(found, false);
  else left?.focus();
});

back.addEventListener("click", (event) => {
  if (!origin?.isConnected) return;
  event.preventDefault();
  origin.scrollIntoView({ block: "center", behavior: smooth() });
  origin.focus({ preventScroll: true });
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") document.querySelectorAll(".tip").forEach((tip) => (tip.hidden = true));
});
for (const kind of ["pointerover", "focusin"]) {
  document.addEventListener(kind, (event) => {
    const tip = event.target.closest?.(".chip")?.parentElement.nextElementSibling;
    if (tip?.matches(".tip")) tip.hidden = false;
  });
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

async function post(address, fields, fragment) {
  const headers = { "Accept-Language": document.documentElement.lang, ...(fragment && { "X-Fragment": "1", Accept: "text/html" }) };
  const credentials = key === null ? "same-origin" : "omit";
  const response = await fetch(address, { method: "POST", headers, credentials, body: new URLSearchParams(fields) });
  if (response.ok) return response;
  if (response.headers.get("content-type")?.includes("json")) throw told((await response.json()).error.message);
  throw told((parsed(await response.text()).querySelector("h1") ?? {}).textContent || say.failed);
}

async function receive(response, said) {
  for await (const [name, data] of events(response)) {
    if (name === "error") throw told(data.error.message);
    if (name === "begun" && data.key) keep(data.key);
    if (name === "begun" && data.fresh) turns.querySelectorAll(".turn[data-number]").forEach((one) => one.remove());
    if (name === "changed") return data;
    if (name !== "delta") continue;
    if (said.dataset.waiting) said.replaceChildren(make("p"));
    delete said.dataset.waiting;
    said.firstElementChild.textContent += data.text;
  }
  throw new Error("cut off");
}

function keep(found) {
  key = found;
  for (const one of document.querySelectorAll("input[name=samtale]")) one.value = key;
}

async function ask(question) {
  if (busy || !question.trim()) return;
  busy = true;
  talk.setAttribute("aria-busy", "true");
  byId("welcome")?.remove();
  byId("complaint")?.remove();
  byId("suggestions").hidden = true;
  remember(question);
  const turn = begin(question);
  const said = turn.querySelector(".said");
  status.textContent = say.working;
  try {
    const fields = { question, efter: last()?.dataset.number ?? 0, ...(key !== null && { samtale: key }) };
    const changed = await receive(await post(say.ask, fields), said);
    turn.remove();
    change(changed.html);
    reveal(last());
    remember(null);
    status.textContent = `${changed.said} ${last().querySelector(".said").innerText}`;
  } catch (error) {
    if (error.told) remember(null);
    fail(turn, question, error.told ? error.message : say.failed);
  } finally {
    busy = false;
    talk.removeAttribute("aria-busy");
  }
}

function begin(question) {
  const turn = copyOf("turn-template");
  turn.querySelector(".asked").textContent = question;
  turns.append(turn);
  reveal(turn);
  return turn;
}

// A turn that is not whole in view comes to the top; one that is moves nothing.
function reveal(turn) {
  const { top, bottom } = turn.getBoundingClientRect();
  const low = document.querySelector(".composer").getBoundingClientRect().top;
  if (top < 0 || bottom > Math.min(low, innerHeight)) turn.scrollIntoView({ block: "start", behavior: smooth() });
}

// What the server shows now takes the place of what the page showed: turns by their number, the suggestions, the conversation's own buttons.
function change(html) {
  const found = parsed(html);
  for (const turn of found.querySelectorAll(".turn")) place(turn);
  for (const id of ["suggestions", "kept"]) byId(id).replaceWith(found.querySelector(`#${id}`));
  form.action = byId("suggestions").action;
}

function place(turn) {
  const old = byId(turn.id);
  if (old) old.replaceWith(turn);
  else turns.append(turn);
  turn.querySelectorAll(".copy").forEach((button) => (button.hidden = false));
}

function fail(turn, question, message) {
  const failed = copyOf("failed-template");
  failed.firstElementChild.textContent = message;
  failed.lastElementChild.addEventListener("click", () => {
    turn.remove();
    ask(question);
    field.focus();
  });
  const said = turn.querySelector(".said");
  delete said.dataset.waiting;
  said.replaceChildren(failed);
  status.textContent = message;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (busy) return;
  const question = field.value;
  field.value = "";
  ask(question);
});

field.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  form.requestSubmit();
});

// -- what can be done with a turn: judge it, send it on, copy it; and the suggestions

talk.addEventListener("submit", async (event) => {
  const { target, submitter } = event;
  if (target.id === "suggestions") {
    event.preventDefault();
    if (submitter) ask(submitter.value);
    field.focus({ preventScroll: true });
  } else if (target.matches("[data-part]")) {
    event.preventDefault();
    const turn = target.closest(".turn");
    try {
      const fields = [...new FormData(target, submitter)];
      const anew = parsed(await (await post(target.action, fields, true)).text()).querySelector(".turn");
      place(anew);
      const next = anew.querySelector(".reason [name=grund]") ?? anew.querySelector("article");
      next.focus({ preventScroll: true });
      status.textContent = anew.querySelector(target.matches(".human") ? ".human" : ".thumbs .small")?.textContent ?? "";
    } catch (error) {
      const message = error.told ? error.message : say.failed;
      turn.querySelector(".complaint")?.remove();
      target.append(Object.assign(make("p", message), { className: "complaint" }));
      status.textContent = message;
    }
  }
});

talk.addEventListener("click", async (event) => {
  const button = event.target.closest(".copy");
  if (!button) return;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    status.textContent = say.copied;
    button.classList.add("done");
    setTimeout(() => button.classList.remove("done"), 2000);
  } catch {
    status.textContent = say.uncopied;
    const note = button.parentElement.querySelector(".complaint") ?? make("p");
    button.parentElement.append(Object.assign(note, { className: "complaint", textContent: say.uncopied }));
  }
});

// -- the page as it was opened

document.querySelectorAll(".copy").forEach((button) => (button.hidden = false));
const marked = byId("kilde");
if (marked) {
  show(marked, false);
  const query = new URLSearchParams(location.search);
  const link = document.querySelector(`.turn a[data-start="${query.get("start")}"][data-end="${query.get("end")}"]`);
  if (link) current(link);
}
const interrupted = remembered();
if (interrupted && last()?.querySelector(".question").lastChild.textContent.trim() === interrupted.trim()) remember(null);
else if (interrupted) {
  byId("welcome")?.remove();
  fail(begin(interrupted), interrupted, say.interrupted);
}
