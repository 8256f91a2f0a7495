"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const form = document.getElementById("filter"), list = document.getElementById("cases"), more = document.getElementById("more");
const STEP = 20, AROUND = 160, GOOD = ["right", "silent_right"];
let chosen = [], shown = 0;

function element(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

function weak(value, name) {
  return value !== null && value !== undefined && (data.names.lower.includes(name) ? value > 0 : value < 1);
}

function fits(one) {
  const want = Object.fromEntries(new FormData(form));
  const words = want.text.trim().toLowerCase();
  return (!want.kind || one.kind === want.kind)
    && (!want.outcome || one.outcome === want.outcome || (want.outcome === "!" && !GOOD.includes(one.outcome)))
    && (!want.document || one.document === want.document)
    && (!want.metric || weak(one.metrics[want.metric], want.metric))
    && (!want.changed || (want.changed === "any" ? one.before !== one.answer : one.changed === Number(want.changed)))
    && (!words || [one.id, one.question, one.answer].join(" ").toLowerCase().includes(words));
}

function pieces(one) {
  const places = [...one.evidence.map(([a, b]) => [a, b, ""]), ...one.cited.map(([, a, b]) => [a, b, "cited"])].sort((a, b) => a[0] - b[0]);
  const groups = [];
  for (const place of places) {
    const last = groups[groups.length - 1];
    if (last && place[0] - AROUND < last.end + AROUND) { last.places.push(place); last.end = Math.max(last.end, place[1]); }
    else groups.push({ places: [place], start: place[0], end: place[1] });
  }
  return groups;
}

function source(one, group) {
  const text = data.texts[one.document] || "", quote = element("blockquote");
  const from = Math.max(0, group.start - AROUND), to = Math.min(text.length, group.end + AROUND);
  const edges = [...new Set([from, to, ...group.places.flatMap(([a, b]) => [a, b])])].sort((a, b) => a - b);
  if (from > 0) quote.append("… ");
  for (let at = 0; at + 1 < edges.length; at++) {
    const [a, b] = [edges[at], edges[at + 1]], words = text.slice(a, b);
    const inside = group.places.filter(([x, y]) => x <= a && b <= y);
    if (!inside.length) { quote.append(words); continue; }
    const mark = element("mark", words, inside.some(place => !place[2]) ? "" : "cited");
    mark.title = inside.map(place => place[2] ? "citeret" : "facit").join(", ");
    quote.append(mark);
  }
  if (to < text.length) quote.append(" …");
  return quote;
}

function card(one) {
  const box = element("article");
  box.append(element("h3", [...one.conversation, one.question].join(" → ")));
  const line = element("p", `${one.id} · ${data.names.kinds[one.kind] || one.kind} · ${one.document} · sikkerhed ${String(one.sure).replace(".", ",")} · `, "meta");
  line.append(element("span", data.names.outcomes[one.outcome], "outcome " + (GOOD.includes(one.outcome) ? "good" : "bad")));
  box.append(line, element("p", one.answer || "(intet svar)"));
  if (one.unrefused) box.append(element("p", "Uden tærskel: " + one.unrefused, "meta"));
  if (one.before !== undefined && one.before !== one.answer) box.append(element("p", `Før (${data.names.outcomes[one.was]}): ${one.before}`, "meta"));
  if (one.gold.length) box.append(element("p", "Facit: " + one.gold.map(choices => choices.join(" / ")).join(" · "), "meta"));
  for (const group of pieces(one)) box.append(source(one, group));
  return box;
}

function next() {
  for (const one of chosen.slice(shown, shown + STEP)) list.append(card(one));
  shown = Math.min(shown + STEP, chosen.length);
  more.hidden = shown >= chosen.length;
}

function filter() {
  chosen = data.cases.filter(fits);
  shown = 0;
  list.replaceChildren();
  document.getElementById("count").textContent = `${chosen.length} af ${data.cases.length} sager. Facit er markeret gult, citater blåt.`;
  next();
}

form.addEventListener("input", filter);
form.addEventListener("submit", event => event.preventDefault());
more.addEventListener("click", next);
document.getElementById("save").addEventListener("click", () => {
  const link = element("a");
  link.href = URL.createObjectURL(new Blob([chosen.map(one => JSON.stringify(one) + "\n").join("")], { type: "application/jsonl" }));
  link.download = "sager.jsonl";
  link.click();
  URL.revokeObjectURL(link.href);
});
window.addEventListener("beforeprint", () => document.querySelectorAll("details").forEach(one => { one.open = true; }));
filter();
