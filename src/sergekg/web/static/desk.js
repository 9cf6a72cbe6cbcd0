// The query desk. Without this script its form still asks and shows a table; with it there are tabs kept in the
// browser, completion, cancelling, and other ways to see results. Nothing that a result holds becomes markup.
import { Results } from "./results.js";
import { completer } from "./completion.js";

const root = document.documentElement.dataset.root ?? "";
const $ = (id) => document.getElementById(id);
const own = document.querySelector('script[src*="desk.js"]').dataset;
const settings = JSON.parse($("desk-settings").textContent);
const words = JSON.parse($("desk-words").textContent);
export const say = (key, values = {}) => words[key].replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
const KEPT = "sergekg.desk";
const area = $("query");

// ---- tabs, kept in this browser -------------------------------------------------------------
function recall() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEPT));
    if (Array.isArray(kept?.tabs) && kept.tabs.every((t) => typeof t === "string")) return kept;
  } catch { /* nothing kept, or nothing may be kept */ }
  return { tabs: [], active: 0 };
}
function remember() {
  try { localStorage.setItem(KEPT, JSON.stringify({ tabs, active })); } catch { /* private browsing */ }
}
let { tabs, active } = recall();
if (!tabs.length) { tabs = [settings.first]; active = 0; }
else if (settings.isLoaded) {
  const open = tabs.indexOf(settings.first);
  if (open >= 0) active = open;
  else { tabs.push(settings.first); active = tabs.length - 1; }
}
active = Math.min(Math.max(active | 0, 0), tabs.length - 1);

function title(text, index) {
  const comment = /^\s*#\s*(.+)/.exec(text)?.[1];
  return comment ? (comment.length > 28 ? comment.slice(0, 27) + "…" : comment) : say("untitled", { n: index + 1 });
}
function showTabs(focus = false) {
  const list = $("tabs");
  list.replaceChildren(...tabs.map((text, index) => {
    const tab = document.createElement("button");
    Object.assign(tab, { type: "button", textContent: title(text, index), tabIndex: index === active ? 0 : -1 });
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-selected", String(index === active));
    tab.setAttribute("aria-controls", "editor");
    tab.addEventListener("click", () => select(index));
    tab.addEventListener("keydown", (event) => {
      const move = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (move) { event.preventDefault(); select((active + move + tabs.length) % tabs.length, true); }
      if (event.key === "Delete") close(index);
    });
    return tab;
  }));
  const shut = $("close-tab");
  shut.hidden = tabs.length < 2;
  shut.title = say("close", { title: title(tabs[active], active) });
  shut.setAttribute("aria-label", shut.title);
  if (focus) list.children[active].focus();
}
function select(index, focus = false) {
  active = index;
  editor.set(tabs[active]);
  area.value = tabs[active];
  results.clear();
  complain(null);
  $("progress").textContent = "";
  $("link-place").hidden = true;
  remember();
  showTabs(focus);
}
function open(text) {
  const held = tabs.indexOf(text);
  if (held < 0) tabs.push(text);
  select(held < 0 ? tabs.length - 1 : held);
}
function close(index) {
  if (tabs.length < 2) return;
  tabs.splice(index, 1);
  select(Math.min(active, tabs.length - 1), true);
}

// ---- the editor, or the plain field -----------------------------------------------------------
let changed;
function onChange(text) {
  tabs[active] = text;
  area.value = text;
  clearTimeout(changed);
  changed = setTimeout(() => { remember(); showTabs(); }, 400);
}
async function post(address, fields, options = {}) {
  return fetch(address, { method: "POST", body: new URLSearchParams(fields), headers: { Accept: "application/json", "Accept-Language": settings.language }, ...options });
}
async function check(query) {
  try {
    const answer = await post(root + "/desk/check", { query });
    const found = await answer.json();
    return answer.ok && found.ok === false ? found : null;
  } catch { return null; }
}
async function hint(query) {
  try { return (await (await post(root + "/desk/check", { query })).json()).hint ?? ""; } catch { return ""; }
}
let editor = {
  get: () => area.value,
  set: (text) => { area.value = text; },
  focus: () => area.focus(),
};
area.addEventListener("input", () => onChange(area.value));
area.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); run(); }
});
async function upgrade() {
  if (!own.editor) { $("progress").textContent = say("noEditor"); return; }
  const { makeEditor } = await import(own.editor);
  const place = $("editor");
  area.hidden = true;
  area.required = false;
  editor = makeEditor({
    parent: place, doc: tabs[active], label: place.getAttribute("aria-label"),
    nonce: document.querySelector('meta[name="csp-nonce"]').content,
    onChange, onRun: run, check,
    completions: completer(settings, say),
    phrases: {
      Completions: say("completions"), Find: say("find"), Replace: say("replace"), next: say("next"), previous: say("previous"),
      all: say("all"), "match case": say("matchCase"), regexp: say("regexp"), "by word": say("byWord"), replace: say("replace"),
      "replace all": say("replaceAll"), close: say("closeFind"), "Go to line": say("goToLine"), go: say("go"),
    },
  });
}

// ---- asking -----------------------------------------------------------------------------------
let asking = null, clock = null;
function complain(problem) {
  const place = $("complaint");
  place.hidden = !problem;
  if (!problem) { place.textContent = ""; return; }
  // in the reader's language, except where the server knows a sentence in English only
  const kind = words.problems[problem.title] ?? problem.title ?? "";
  const where = problem.line ? say("line", { line: problem.line, column: problem.column ?? 1 }) : "";
  const said = Object.assign(document.createElement("span"), { lang: problem.language || "en", textContent: [problem.detail, problem.hint].filter(Boolean).join(" — ") });
  const colon = where || !said.textContent ? "" : settings.language === "fr" ? "\u00a0:" : ":";
  place.replaceChildren([kind, where].filter(Boolean).join(", ") + colon, said.textContent ? " " : "", said);
}
async function run() {
  asking?.abort();
  const mine = (asking = new AbortController());
  const query = editor.get(), started = performance.now();
  const since = () => {
    const s = (performance.now() - started) / 1000, digits = s < 1 ? 2 : 1;
    return s.toLocaleString(settings.language, { minimumFractionDigits: digits, maximumFractionDigits: digits });
  };
  complain(null);
  results.clear();
  $("cancel").hidden = false;
  const progress = $("progress");
  progress.textContent = say("running");
  clearInterval(clock);
  clock = setInterval(() => { progress.textContent = `${say("running")} ${say("seconds", { s: since() })}`; }, 200);
  try {
    const answer = await fetch(root + "/sparql", {
      method: "POST", body: query, signal: mine.signal,
      headers: { "Content-Type": "application/sparql-query", "Accept-Language": settings.language, Accept: "application/sparql-results+json, application/n-triples;q=0.9, application/problem+json;q=0.5" },
    });
    const text = await answer.text();
    if (mine !== asking) return;
    const seconds = since();
    if (!answer.ok) {
      let problem = { title: `${answer.status} ${answer.statusText}` };
      try { problem = { ...JSON.parse(text), language: answer.headers.get("Content-Language") }; } catch { /* not a problem of ours */ }
      progress.textContent = "";
      complain(problem);
      return;
    }
    const count = await results.show(query, text, answer.headers.get("Content-Type") ?? "");
    progress.textContent = [count, say("seconds", { s: seconds })].filter(Boolean).join(", ");
    const none = document.querySelector("#results > p.none"), odd = none ? await hint(query) : "";
    if (odd) none.append(` ${odd}`);
  } catch (error) {
    if (mine !== asking) return;
    progress.textContent = error.name === "AbortError" ? say("cancelled", { s: since() }) : "";
    if (error.name !== "AbortError") complain({ title: say("failed") });
  } finally {
    if (mine === asking) { clearInterval(clock); $("cancel").hidden = true; asking = null; }
  }
}
async function keep() {
  const answer = await post(root + "/q", { query: editor.get() });
  const found = await answer.json().catch(() => ({}));
  if (!answer.ok) { complain(found.title ? { ...found, language: answer.headers.get("Content-Language") } : { title: say("failed") }); return; }
  const link = Object.assign(document.createElement("a"), { href: found.path, textContent: found.url });
  const copy = Object.assign(document.createElement("button"), { type: "button", textContent: say("copy") });
  copy.addEventListener("click", async () => { await navigator.clipboard.writeText(found.url); copy.textContent = say("copied"); });
  const place = $("link-place");
  place.replaceChildren(`${say("link")} `, link, " ", copy);
  place.hidden = false;
}

const results = new Results($("results"), { say, drawings: own.drawings, land: own.land, language: settings.language });
$("desk").addEventListener("submit", (event) => {
  event.preventDefault();
  if (event.submitter?.id === "permanent") keep(); else run();
});
$("cancel").addEventListener("click", () => asking?.abort());
$("new-tab").addEventListener("click", () => { tabs.push(""); select(tabs.length - 1); editor.focus(); });
$("new-tab").insertAdjacentElement("afterend", Object.assign(document.createElement("button"), { type: "button", id: "close-tab", textContent: "×" }));
$("close-tab").addEventListener("click", () => close(active));
for (const example of document.querySelectorAll("a.example")) {
  example.addEventListener("click", async (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const page = new DOMParser().parseFromString(await (await fetch(example.href)).text(), "text/html");
    open(JSON.parse(page.getElementById("desk-settings").textContent).first);
  });
}
// many examples: a field that keeps those whose words or theme hold what is typed
const finder = $("find-example"), plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
const shelves = [...document.querySelectorAll(".examples details:has(a.example)")].map((shelf) => ({ shelf, isOpen: shelf.open }));
finder.parentElement.hidden = shelves.length < 2;
finder.addEventListener("input", () => {
  const asked = plain(finder.value.trim());
  for (const { shelf, isOpen } of shelves) {
    const theme = plain(shelf.querySelector("summary").textContent).includes(asked);
    let found = 0;
    for (const item of shelf.querySelectorAll("li")) found += !(item.hidden = !theme && !plain(item.textContent).includes(asked));
    shelf.hidden = !found;
    shelf.open = asked ? true : isOpen;
  }
});
document.querySelector(".tabs").hidden = false;
await upgrade().catch(() => { area.hidden = false; });
area.value = tabs[active];
showTabs();
document.documentElement.dataset.ready = "desk";
