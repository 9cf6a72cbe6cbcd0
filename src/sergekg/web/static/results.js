// Results of a query: a table that stays quick with 200 000 rows, and drawings where the columns allow them.
const root = document.documentElement.dataset.root ?? "";
const ROW = 34, MOST_BARS = 120, MOST_NODES = 250, MOST_RAW = 400_000, MOST_POINTS = 300, TALLEST = 12_000_000;
const XSD = "http://www.w3.org/2001/XMLSchema#", EDTF = "http://id.loc.gov/datatypes/edtf/EDTF";
const NUMERIC = new Set(["integer", "decimal", "double", "float", "int", "long", "short", "nonNegativeInteger", "positiveInteger"].map((n) => XSD + n));
const SAFE = /^https?:\/\//i;
const make = (name, properties = {}, ...children) => {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) key in node ? (node[key] = value) : node.setAttribute(key, value);
  node.append(...children);
  return node;
};

export class Results {
  constructor(place, { say, drawings, land, language }) {
    Object.assign(this, { place, say, drawingsAt: drawings, landAt: land, language, names: new Map(), asked: new Map() });
  }

  clear() {
    this.place.replaceChildren();
    this.names.clear();
  }

  // Shows an answer; gives the words for how many rows there are.
  async show(query, text, type) {
    this.query = query;
    this.text = text;
    this.isGraph = type.includes("n-triples");
    if (this.isGraph) Object.assign(this, { columns: ["subject", "predicate", "object"], rows: readNTriples(text) });
    else {
      const found = JSON.parse(text);
      if (typeof found.boolean === "boolean") {
        this.place.replaceChildren(make("p", { className: "boolean", textContent: this.say(found.boolean ? "yes" : "no") }));
        return "";
      }
      this.columns = found.head.vars;
      this.rows = found.results.bindings.map((b) => this.columns.map((c) => b[c] ?? null));
    }
    const n = this.rows.length;
    const count = this.isGraph ? this.counted(n, "triple", "triples") : this.counted(n, "row", "rows");
    if (!n) { this.place.replaceChildren(make("p", { className: "none", textContent: this.say("none") })); return count; }
    this.build();
    return count;
  }

  // Words for a number of things: none is said in French as one is, in English as many are.
  counted(n, one, many, values = {}) {
    const form = new Intl.PluralRules(this.language).select(n) === "one" ? one : many;
    return this.say(form, { n: n.toLocaleString(this.language), ...values });
  }

  // ---- which ways of seeing the columns allow
  build() {
    const views = [["table", (p) => this.table(p)], ["raw", (p) => this.raw(p)]];
    let placesOf = () => [];
    if (this.drawingsAt) {
      const kinds = this.columns.map((_, i) => this.kind(i));
      const number = kinds.findLastIndex((k) => k === "number"), label = kinds.findIndex((k) => k === "iri" || k === "text");
      if (number >= 0 && label >= 0 && !this.isGraph) views.push(["chart", (p) => this.chart(p, label, number)]);
      const dates = kinds.map((k, i) => (k === "date" ? i : -1)).filter((i) => i >= 0);
      if (dates.length) views.push(["timeline", (p) => this.timeline(p, dates, label)]);
      const iris = kinds.map((k, i) => (k === "iri" ? i : -1)).filter((i) => i >= 0);
      if (iris.length > 1) views.push(["network", (p) => this.network(p, iris)]);
      const find = (...names) => this.columns.findIndex((c) => names.includes(c.toLowerCase()));
      const spot = [find("lat", "latitude"), find("long", "lon", "lng", "longitude")];
      const written = (row) => [[Number(row[spot[0]]?.value), Number(row[spot[1]]?.value), row[label]]];
      const known = (row) => iris.map((i) => { const about = this.names.get(row[i]?.value); return [about?.lat, about?.long, row[i]]; });
      placesOf = () => this.points(spot.every((i) => i >= 0) ? written : known);
    }
    const panel = make("div", { id: "result-panel", role: "tabpanel", tabIndex: 0 });
    const tabs = make("div", { role: "tablist", className: "view-tabs", ariaLabel: this.say("views") });
    const choose = async (index) => {
      [...tabs.children].forEach((tab, i) => { tab.ariaSelected = String(i === index); tab.tabIndex = i === index ? 0 : -1; });
      panel.setAttribute("aria-label", this.say(views[index][0]));
      // a view of its own, so that one which is still being drawn cannot end up in the next
      const view = make("div");
      panel.replaceChildren(view);
      panel.setAttribute("aria-busy", "true");
      await views[index][1](view);
      if (view.isConnected) panel.setAttribute("aria-busy", "false");
    };
    const addTab = ([name], index) => {
      const tab = make("button", { type: "button", role: "tab", textContent: this.say(name), ariaSelected: "false" });
      tab.setAttribute("role", "tab");
      tab.setAttribute("aria-controls", "result-panel");
      tab.addEventListener("click", () => choose(index));
      tab.addEventListener("keydown", (event) => {
        const move = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
        if (move) { const to = (index + move + views.length) % views.length; choose(to); tabs.children[to].focus(); }
      });
      tabs.append(tab);
    };
    views.forEach(addTab);
    // where things are is known with their names: the map is offered once there is something to draw
    this.whenNamed = () => {
      if (!placesOf().length) return;
      this.whenNamed = null;
      const map = ["map", (p) => this.map(p, placesOf)];
      addTab(map, views.push(map) - 1);
    };
    this.whenNamed();
    const files = make("p", { className: "result-files" });
    files.append(this.file("csv", "sergekg.csv", "text/csv;charset=utf-8", () => this.csv()));
    files.append(this.isGraph ? this.file("N-Triples", "sergekg.nt", "application/n-triples", () => this.text) : this.file("json", "sergekg.json", "application/sparql-results+json", () => this.text));
    this.place.replaceChildren(make("div", { className: "result-head" }, tabs, files), panel);
    choose(0);
    if (!this.whenNamed || !this.drawingsAt) return;
    // another tab may still come
    tabs.setAttribute("aria-busy", "true");
    this.loadNames(this.mapped().map((_, i) => i)).finally(() => tabs.removeAttribute("aria-busy"));
  }

  kind(column) {
    const seen = new Set();
    for (const row of this.rows.slice(0, 200)) {
      const term = row[column];
      if (!term) continue;
      if (term.type === "uri") seen.add("iri");
      else if (NUMERIC.has(term.datatype)) seen.add("number");
      else if (toInterval(term)) seen.add("date");
      else seen.add("text");
    }
    return seen.size === 1 ? [...seen][0] : seen.size ? "text" : "empty";
  }

  file(word, name, type, content) {
    const label = word === "csv" || word === "json" ? this.say(word) : word;
    const button = make("button", { type: "button", textContent: label });
    button.dataset.file = name;
    button.addEventListener("click", () => {
      const href = URL.createObjectURL(new Blob([content()], { type }));
      make("a", { href, download: name }).click();
      setTimeout(() => URL.revokeObjectURL(href), 10_000);
    });
    return button;
  }

  // With a byte order mark, so that a spreadsheet reads the accents, and with no cell that could be a formula.
  csv() {
    const cell = (value) => {
      const safe = /^[=+\-@\t\r]/.test(value) && !/^[+-]?\d+(\.\d+)?$/.test(value) ? `'${value}` : value;
      return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
    };
    const lines = [this.columns, ...this.rows.map((row) => row.map((term) => term?.value ?? ""))];
    return "\ufeff" + lines.map((line) => line.map(cell).join(",")).join("\r\n") + "\r\n";
  }

  // ---- the table: only the rows in sight exist
  table(panel) {
    const state = { order: this.rows.map((_, i) => i), column: -1, up: true };
    const filter = make("input", { type: "search", ariaLabel: this.say("filter"), placeholder: this.say("filter") });
    const counted = make("span", { className: "count", role: "status" });
    const grid = make("div", { className: "grid", role: "table", tabIndex: 0 });
    grid.setAttribute("role", "table");
    grid.setAttribute("aria-rowcount", String(this.rows.length + 1));
    grid.setAttribute("aria-label", this.say("table"));
    const head = make("div", { className: "grid-row grid-head" });
    head.setAttribute("role", "row");
    this.columns.forEach((name, column) => {
      const button = make("button", { type: "button", textContent: name, title: this.say("sort", { column: name }) });
      const cell = make("div", { className: "grid-cell" }, button);
      cell.setAttribute("role", "columnheader");
      button.addEventListener("click", () => {
        state.up = state.column === column ? !state.up : true;
        state.column = column;
        [...head.children].forEach((c, i) => (i === column ? c.setAttribute("aria-sort", state.up ? "ascending" : "descending") : c.removeAttribute("aria-sort")));
        refresh();
      });
      head.append(cell);
    });
    const space = make("div", { className: "grid-space" }), body = make("div", { className: "grid-body" });
    body.setAttribute("role", "rowgroup");
    const headGroup = make("div", {}, head);
    headGroup.setAttribute("role", "rowgroup");
    space.append(body);
    const inner = make("div", { className: "grid-inner" }, headGroup, space);
    inner.setAttribute("role", "presentation");
    grid.append(inner);
    const widths = this.widths();
    grid.style.setProperty("--columns", widths.map((rem) => `minmax(${Math.min(rem, 7.5)}rem, ${rem}fr)`).join(" "));
    grid.style.setProperty("--narrowest", `${widths.reduce((sum, rem) => sum + Math.min(rem, 7.5), 0)}rem`);
    const draw = () => {
      const total = state.order.length, tall = Math.min(total * ROW, TALLEST), ratio = total * ROW > TALLEST ? (total * ROW - grid.clientHeight) / (tall - grid.clientHeight) : 1;
      space.style.height = `${tall}px`;
      const first = Math.max(0, Math.min(Math.floor((grid.scrollTop * ratio) / ROW) - 8, total - 1)), last = Math.min(total, first + Math.ceil(grid.clientHeight / ROW) + 20);
      body.style.transform = `translateY(${ratio === 1 ? first * ROW : Math.max(0, grid.scrollTop - 8 * ROW)}px)`;
      body.replaceChildren(...state.order.slice(first, last).map((index, i) => this.line(this.rows[index], first + i + 2)));
      this.loadNames(state.order.slice(first, last)).then((fresh) => fresh && body.isConnected && draw());
    };
    const refresh = () => {
      const wanted = filter.value.trim().toLowerCase();
      state.order = this.rows.map((_, i) => i);
      if (wanted) state.order = state.order.filter((i) => this.rows[i].some((t) => t && (t.value.toLowerCase().includes(wanted) || this.names.get(t.value)?.name?.toLowerCase().includes(wanted))));
      if (state.column >= 0) state.order.sort((a, b) => compare(this.rows[a][state.column], this.rows[b][state.column]) * (state.up ? 1 : -1));
      counted.textContent = wanted ? this.counted(state.order.length, "filteredOne", "filtered", { all: this.rows.length.toLocaleString(this.language) }) : "";
      grid.scrollTop = 0;
      draw();
    };
    let waiting = 0;
    grid.addEventListener("scroll", () => { cancelAnimationFrame(waiting); waiting = requestAnimationFrame(draw); });
    let typing = 0;
    filter.addEventListener("input", () => { clearTimeout(typing); typing = setTimeout(refresh, 150); });
    panel.append(make("p", { className: "table-tools" }, filter, " ", counted), grid);
    grid.style.maxHeight = `${Math.min(this.rows.length * ROW + 60, Math.max(320, window.innerHeight * 0.7))}px`;
    draw();
  }

  // In rem, as wide as what the columns hold asks for: long words get room, numbers little.
  widths() {
    const seen = this.rows.slice(0, 60);
    return this.columns.map((name, i) => {
      const longest = Math.max(name.length, ...seen.map((row) => (row[i] ? (row[i].type === "uri" ? 30 : row[i].value.length) : 0)));
      return Math.min(Math.max(longest * 0.5 + 2, 5), 26);
    });
  }

  line(row, number) {
    const line = make("div", { className: "grid-row" }, ...row.map((term) => this.cell(term)));
    line.setAttribute("role", "row");
    line.setAttribute("aria-rowindex", String(number));
    return line;
  }

  cell(term) {
    const cell = make("div", { className: "grid-cell" });
    cell.setAttribute("role", "cell");
    if (!term) return cell;
    if (term.type === "uri") {
      const known = this.names.get(term.value), href = known?.href || (SAFE.test(term.value) ? term.value : "");
      const text = known?.name ?? known?.short ?? term.value;
      const shown = href && (href.startsWith("/") || SAFE.test(href))
        ? make("a", { href, textContent: text, title: term.value, className: `thing ${known?.family ?? ""}`, ...(known && !known.outside ? {} : { rel: "external noreferrer" }) })
        : make("span", { textContent: text, title: term.value.slice(0, 2000) });
      cell.append(shown);
      if (known?.name) cell.append(" ", make("small", { textContent: known.short }));
    } else {
      cell.textContent = term.value.length > 400 ? term.value.slice(0, 400) + "…" : term.value;
      cell.title = term.value.slice(0, 2000);
      if (term["xml:lang"]) { cell.lang = term["xml:lang"]; cell.append(" ", make("small", { textContent: `@${term["xml:lang"]}` })); }
      else if (term.type === "bnode") cell.textContent = `_:${term.value}`;
      if (NUMERIC.has(term.datatype)) cell.classList.add("numeric");
    }
    return cell;
  }

  // Names of the things in these rows, those that another view has asked for too; whether any were not known yet.
  async loadNames(indexes, most = 400) {
    const wanted = new Set(), coming = new Set();
    for (const index of indexes) for (const term of this.rows[index]) {
      if (term?.type !== "uri") continue;
      if (this.asked.has(term.value)) coming.add(this.asked.get(term.value));
      else if (!this.names.has(term.value) && wanted.size < most) wanted.add(term.value);
    }
    if (wanted.size) {
      const answer = this.askNames([...wanted]);
      for (const iri of wanted) this.asked.set(iri, answer);
      coming.add(answer);
    }
    return (await Promise.all(coming)).includes(true);
  }

  async askNames(iris) {
    let found = {};
    try {
      const answer = await fetch(root + "/desk/names", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ iris }) });
      found = await answer.json();
    } catch { /* the IRIs stand for the names */ }
    for (const iri of iris) { this.names.set(iri, found[iri] ?? {}); this.asked.delete(iri); }
    this.whenNamed?.();
    return Object.keys(found).length > 0;
  }

  name(term) {
    if (!term) return "";
    const known = term.type === "uri" ? this.names.get(term.value) : null;
    return known?.name ?? known?.short ?? term.value;
  }

  // ---- raw, chart, timeline, network, map
  async raw(panel) {
    let text = this.text;
    if (this.isGraph) {
      const answer = await fetch(root + "/sparql", { method: "POST", body: this.query, headers: { "Content-Type": "application/sparql-query", Accept: "text/turtle" } });
      if (answer.ok) text = await answer.text();
    } else if (text.length < MOST_RAW) text = JSON.stringify(JSON.parse(text), null, 1);
    const shown = text.slice(0, MOST_RAW);
    panel.append(make("pre", { className: "sparql", tabIndex: 0 }, make("code", { textContent: shown })));
    if (shown.length < text.length) panel.append(this.note("rawCut", MOST_RAW));
  }

  note(key, n = 0) {
    return make("p", { className: "notice", textContent: this.say(key, { n: n.toLocaleString(this.language) }) });
  }

  async draw(panel, figure) {
    const drawings = await import(this.drawingsAt);
    const made = await figure(drawings);
    if (made && panel.isConnected) panel.append(make("div", { className: "scroll drawing" }, made));
  }

  async chart(panel, label, number) {
    const rows = this.rows.filter((r) => r[number]).slice(0, MOST_BARS);
    await this.loadNames(rows.map((r) => this.rows.indexOf(r)));
    const others = this.columns.map((_, i) => i).filter((i) => i !== number && this.kind(i) !== "number");
    const data = rows.map((r) => ({ label: (others.length > 1 ? others : [label]).map((i) => this.name(r[i])).filter(Boolean).join(" · "), value: Number(r[number].value) })).filter((d) => Number.isFinite(d.value));
    await this.draw(panel, (d) => d.bars(data, this.say("chart")));
    if (this.rows.length > MOST_BARS) panel.append(this.note("cut", MOST_BARS));
  }

  async timeline(panel, dates, label) {
    const rows = this.rows.slice(0, MOST_BARS * 2);
    await this.loadNames(rows.map((_, i) => i));
    const shown = this.columns.map((_, i) => i).filter((i) => !dates.includes(i) && this.kind(i) !== "number");
    const data = rows.map((r) => {
      const spans = dates.map((i) => r[i] && toInterval(r[i])).filter(Boolean);
      if (!spans.length) return null;
      const all = shown.map((i) => this.name(r[i])).filter(Boolean), words = all.filter((w) => !/^[0-9a-f]{32}$|^statement\//.test(w));
      return { label: (words.length ? words : all).slice(0, 4).join(" "), start: new Date(Math.min(...spans.map((s) => s[0]))), end: new Date(Math.max(...spans.map((s) => s[1]))) };
    }).filter(Boolean).sort((a, b) => a.start - b.start);
    await this.draw(panel, (d) => d.timeline(data, this.say("timeline")));
    if (this.rows.length > rows.length) panel.append(this.note("cut", rows.length));
  }

  async network(panel, iris) {
    // the first column and the next one that leads elsewhere; a predicate is a label, not a node
    const predicate = this.isGraph ? 1 : this.columns.findIndex((c, i) => iris.includes(i) && /^(p|prop(erty)?|predicate|relation)$/i.test(c));
    const ends = iris.filter((i) => i !== predicate && !/statement|status|source|class|type/i.test(this.columns[i]));
    const [from, to] = ends.length > 1 ? ends : iris;
    const nodes = new Map(), links = new Map(), used = [];
    for (const [index, row] of this.rows.entries()) {
      const a = row[from], b = row[to];
      if (a?.type !== "uri" || b?.type !== "uri" || a.value === b.value) continue;
      if (nodes.size >= MOST_NODES && !(nodes.has(a.value) && nodes.has(b.value))) continue;
      nodes.set(a.value, a).set(b.value, b);
      used.push(index);
      const key = `${a.value} ${b.value}`;
      links.set(key, { source: a.value, target: b.value, p: row[predicate] });
    }
    await this.loadNames(used, 400);
    await this.loadNames(used, 400);
    const ns = [...nodes].map(([id, term]) => ({ id, label: this.name(term), family: this.names.get(id)?.family }));
    const ls = [...links.values()].map((l) => ({ ...l, label: this.name(l.p) }));
    if (!ns.length) { panel.append(this.note("none")); return; }
    await this.draw(panel, (d) => d.network(ns, ls, this.say("network")));
    if (nodes.size >= MOST_NODES) panel.append(this.note("cut", MOST_NODES));
  }

  // The rows that a map looks at.
  mapped() {
    return this.rows.slice(0, MOST_POINTS * 4);
  }

  // Every place once; `spots` gives the latitudes, longitudes and terms of a row.
  points(spots) {
    const points = new Map();
    for (const row of this.mapped()) {
      for (const [y, x, term] of spots(row)) {
        if (Number.isFinite(y) && Number.isFinite(x) && Math.abs(y) <= 90 && Math.abs(x) <= 180 && points.size < MOST_POINTS) points.set(`${y} ${x}`, { lat: y, long: x, label: this.name(term) });
      }
    }
    return [...points.values()];
  }

  async map(panel, placesOf) {
    await this.loadNames(this.mapped().map((_, i) => i));
    const points = placesOf();
    const land = this.landAt ? await fetch(this.landAt).then((a) => a.json()).catch(() => null) : null;
    await this.draw(panel, (d) => d.map(points, land, this.say("map")));
    if (this.rows.length > this.mapped().length) panel.append(this.note("cut", this.mapped().length));
  }
}

function compare(a, b) {
  if (!a || !b) return (a ? 0 : 1) - (b ? 0 : 1);
  if (NUMERIC.has(a.datatype) && NUMERIC.has(b.datatype)) return Number(a.value) - Number(b.value);
  return a.value < b.value ? -1 : a.value > b.value ? 1 : 0;
}

// [from, to] in milliseconds of a date, a year, or an EDTF date, interval or set; a season counts as its year, and
// what has no end as its other end.
export function toInterval(term) {
  if (!term?.datatype) return null;
  const type = term.datatype;
  if (![XSD + "date", XSD + "dateTime", XSD + "gYear", XSD + "gYearMonth", EDTF].includes(type)) return null;
  const day = (text, end) => {
    const found = /^(\d{4})(?:-(\d\d))?(?:-(\d\d))?/.exec(text.replace(/[~?%]/g, ""));
    if (!found) return NaN;
    const isMonth = Number(found[2]) <= 12;
    const [year, month, date] = [Number(found[1]), isMonth ? Number(found[2]) : end ? 12 : 1, found[3] ? Number(found[3]) : 0];
    return end ? Date.UTC(year, found[3] ? month - 1 : month, found[3] ? date + 1 : 1) : Date.UTC(year, month - 1, date || 1);
  };
  const members = /^[[{](.*)[\]}]$/.exec(term.value)?.[1].split(/,|\.\./).map((m) => m.trim()).filter(Boolean);
  const [first, last] = term.value.split("/"), isOpen = (text) => !text || text === "..";
  const begins = members ?? [isOpen(first) ? last ?? "" : first], ends = members ?? [isOpen(last) ? first : last];
  const a = Math.min(...begins.map((m) => day(m, false))), b = Math.max(...ends.map((m) => day(m, true)));
  return Number.isFinite(a) && Number.isFinite(b) && a <= b ? [a, b] : null;
}

// N-Triples 1.1, as our server writes it.
export function readNTriples(text) {
  const line = /^(<[^>]*>|_:\S+)\s+(<[^>]*>)\s+(<[^>]*>|_:\S+|"((?:[^"\\]|\\.)*)"(?:@([\w-]+)|\^\^<([^>]*)>)?)\s*\.\s*$/;
  const plain = (s) => s.replace(/\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)/g, (_, e) => (/^[uU]/.test(e) ? String.fromCodePoint(parseInt(e.slice(1), 16)) : { t: "\t", n: "\n", r: "\r", b: "\b", f: "\f" }[e] ?? e));
  const node = (s) => (s.startsWith("<") ? { type: "uri", value: plain(s.slice(1, -1)) } : { type: "bnode", value: s.slice(2) });
  const rows = [];
  for (const source of text.split("\n")) {
    const m = line.exec(source);
    if (!m) continue;
    const object = m[3].startsWith('"') ? { type: "literal", value: plain(m[4]), ...(m[5] ? { "xml:lang": m[5] } : {}), ...(m[6] ? { datatype: m[6] } : {}) } : node(m[3]);
    rows.push([node(m[1]), node(m[2]), object]);
  }
  return rows;
}
