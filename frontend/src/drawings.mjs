// Charts, networks, timelines and maps of results. Everything is made of SVG elements and text nodes: what a
// result holds is never parsed as markup.
import { max, min } from "d3-array";
import { forceCenter, forceCollide, forceLink, forceManyBody, forceSimulation, forceX, forceY } from "d3-force";
import { scaleLinear, scaleUtc } from "d3-scale";

const NS = "http://www.w3.org/2000/svg";
export function el(name, attributes = {}, ...children) {
  const made = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children.filter((c) => c !== null && c !== undefined));
  return made;
}
const svg = (width, height, label, cls) => el("svg", { viewBox: `0 0 ${width} ${height}`, class: cls, role: "img", "aria-label": label });
const cut = (text, n = 34) => (text.length > n ? text.slice(0, n - 1) + "…" : text);

// bars: [{label, value}]
export function bars(rows, label) {
  const line = 26, left = 300, width = 1000, height = rows.length * line + 30;
  const drawing = svg(width, height, label, "chart");
  const x = scaleLinear([Math.min(0, min(rows, (r) => r.value)), max(rows, (r) => r.value) || 1], [left, width - 70]).nice();
  for (const tick of x.ticks(6)) {
    drawing.append(el("line", { class: "tick", x1: x(tick), x2: x(tick), y1: 0, y2: height - 24 }));
    drawing.append(el("text", { class: "axis", x: x(tick), y: height - 6, "text-anchor": "middle" }, tick.toLocaleString()));
  }
  rows.forEach((row, i) => {
    const [a, b] = [x(0), x(row.value)].sort((p, q) => p - q);
    drawing.append(
      el("text", { x: left - 8, y: i * line + 18, "text-anchor": "end" }, el("title", {}, row.label), cut(row.label)),
      el("rect", { class: "bar", x: a, y: i * line + 4, width: Math.max(b - a, 1), height: line - 8 }),
      el("text", { class: "axis", x: b + 6, y: i * line + 18 }, row.value.toLocaleString()),
    );
  });
  return drawing;
}

// timeline: [{label, start: Date, end: Date}]
export function timeline(rows, label) {
  const line = 24, left = 320, width = 1000, height = rows.length * line + 30;
  const drawing = svg(width, height, label, "chart");
  const x = scaleUtc([min(rows, (r) => r.start), max(rows, (r) => r.end)], [left, width - 20]).nice();
  for (const tick of x.ticks(8)) {
    drawing.append(el("line", { class: "tick", x1: x(tick), x2: x(tick), y1: 0, y2: height - 24 }));
    drawing.append(el("text", { class: "axis", x: x(tick), y: height - 6, "text-anchor": "middle" }, x.tickFormat(8)(tick)));
  }
  rows.forEach((row, i) => {
    const a = x(row.start), b = x(row.end), y = i * line + 13;
    drawing.append(el("text", { x: left - 8, y: y + 5, "text-anchor": "end" }, el("title", {}, row.label), cut(row.label, 40)));
    drawing.append(b - a < 6 ? el("circle", { class: "dot", cx: (a + b) / 2, cy: y, r: 4.5 }) : el("rect", { class: "bar", x: a, y: y - 3, width: b - a, height: 6 }));
  });
  return drawing;
}

const LETTER = 7.4, TALL = 18; // the box of a name, in the units of a drawing

// A force that keeps names apart: they are wide and low, so that nodes side by side are moved up and down.
function apart(nodes, strength = 0.5) {
  return () => {
    nodes.forEach((a, i) => {
      for (const b of nodes.slice(i + 1)) {
        const near = 2 * TALL - Math.abs(b.y - a.y);
        if (near <= 0 || Math.abs(b.x - a.x) >= (a.wide + b.wide) / 2) continue;
        const move = (b.y < a.y ? -1 : 1) * near * strength * 0.5;
        a.vy -= move;
        b.vy += move;
      }
    });
  };
}

// Where the name of each node stands: above it, below, right or left, where it covers neither a name nor a node.
// The nodes with the most links choose first; a name that finds no room is shown while its node is pointed at.
function placeNames(nodes, width) {
  const taken = nodes.map((n) => [n.x - 6, n.y - 6, n.x + 6, n.y + 6]);
  const isFree = ([x0, y0, x1, y1]) => x0 >= 0 && x1 <= width && !taken.some((t) => x0 < t[2] && x1 > t[0] && y0 < t[3] && y1 > t[1]);
  for (const n of [...nodes].sort((a, b) => b.degree - a.degree)) {
    const ways = [[-n.wide / 2, -8], [-n.wide / 2, 8 + TALL], [10, TALL / 3], [-10 - n.wide, TALL / 3]];
    const boxes = ways.map(([x, y]) => [n.x + x, n.y + y - TALL, n.x + x + n.wide, n.y + y]);
    const free = boxes.find(isFree);
    if (free) taken.push(free);
    Object.assign(n, { box: free ?? boxes[0], hasRoom: Boolean(free) });
  }
}

// network: nodes [{id, label, family}], links [{source, target, label}]
export function network(nodes, links, label) {
  const width = 1000, height = Math.min(1600, Math.max(420, nodes.length * 20));
  const ns = nodes.map((n) => ({ ...n, short: cut(n.label, 28), degree: 0 })), ls = links.map((l) => ({ ...l }));
  for (const n of ns) n.wide = n.short.length * LETTER + 6;
  const simulation = forceSimulation(ns)
    .force("link", forceLink(ls).id((n) => n.id).distance(90)).force("charge", forceManyBody().strength(-260))
    .force("x", forceX(width / 2).strength(0.05)).force("y", forceY(height / 2).strength(0.08))
    .force("collide", forceCollide(24)).force("apart", apart(ns)).force("center", forceCenter(width / 2, height / 2)).stop();
  for (const l of ls) { l.source.degree += 1; l.target.degree += 1; }
  for (let i = 0; i < 300; i += 1) {
    simulation.tick();
    for (const n of ns) { n.x = Math.max(n.wide / 2, Math.min(width - n.wide / 2, n.x)); n.y = Math.max(30, Math.min(height - 30, n.y)); }
  }
  placeNames(ns, width);
  const top = Math.min(...ns.map((n) => n.y)) - 36, bottom = Math.max(...ns.map((n) => n.y)) + 36;
  const drawing = svg(width, height, label, "network");
  drawing.setAttribute("viewBox", `0 ${top} ${width} ${bottom - top}`);
  for (const l of ls) drawing.append(el("line", { x1: l.source.x, y1: l.source.y, x2: l.target.x, y2: l.target.y }, el("title", {}, l.label ?? "")));
  for (const n of ns) {
    drawing.append(el("g", { class: `${n.family ?? ""}${n.hasRoom ? "" : " crowded"}` }, el("title", {}, n.label), el("circle", { cx: n.x, cy: n.y, r: 5 }),
      el("text", { x: (n.box[0] + n.box[2]) / 2, y: n.box[3] - 4, "text-anchor": "middle" }, n.short)));
  }
  return drawing;
}

// Albers' equal-area conic with the parallels and origin of the server's maps.
const rad = (d) => (d * Math.PI) / 180;
const [SOUTH, NORTH, MERIDIAN, LATITUDE] = [40, 62, 30, 52];
const N = (Math.sin(rad(SOUTH)) + Math.sin(rad(NORTH))) / 2, C = Math.cos(rad(SOUTH)) ** 2 + 2 * N * Math.sin(rad(SOUTH));
const rho = (lat) => Math.sqrt(Math.max(C - 2 * N * Math.sin(rad(lat)), 0)) / N;
export function project(long, lat) {
  const theta = N * rad((((long - MERIDIAN + 180) % 360) + 360) % 360 - 180);
  return [rho(lat) * Math.sin(theta), rho(lat) * Math.cos(theta) - rho(LATITUDE)];
}

// map: points [{label, lat, long}]; land is {rings} or null
export function map(points, land, label) {
  const width = 1000, flat = points.map((p) => project(p.long, p.lat));
  const xs = flat.map((p) => p[0]), ys = flat.map((p) => p[1]);
  let w = Math.max((max(xs) - min(xs)) * 1.3, 0.42), h = Math.max((max(ys) - min(ys)) * 1.3, w * 0.45);
  w = Math.max(w, h / 0.75);
  const x0 = (min(xs) + max(xs)) / 2 - w / 2, y0 = (min(ys) + max(ys)) / 2 - h / 2, k = width / w, height = Math.round(h * k);
  const at = ([x, y]) => [Math.round((x - x0) * k * 10) / 10, Math.round((y - y0) * k * 10) / 10];
  const drawing = svg(width, height, label, "map");
  drawing.append(el("rect", { class: "sea", width, height }));
  const coasts = el("g", { class: "land" });
  for (const ring of land?.rings ?? []) {
    if (!ring.some((p) => p[1] > 0)) continue;
    const path = ring.map((p) => at(project(p[0] / 100, p[1] / 100)));
    if (path.every((p) => p[0] < 0) || path.every((p) => p[0] > width) || path.every((p) => p[1] < 0) || path.every((p) => p[1] > height)) continue;
    coasts.append(el("path", { d: "M" + path.map((p) => p.map((v) => Math.max(-3000, Math.min(4000, v))).join(" ")).join("L") + "Z" }));
  }
  drawing.append(coasts);
  const taken = [];
  points.forEach((p, i) => {
    const [x, y] = at(flat[i]), right = x < width * 0.8, long = cut(p.label, 30).length * 9;
    const from = right ? x + 11 : x - 11 - long;
    let down = y + 5;
    const covers = (t) => Math.abs(t[1] - down) < 20 && from < t[2] && from + long > t[0];
    for (let tries = 0; tries < 8 && taken.some(covers); tries += 1) down += 20;
    taken.push([from, down, from + long]);
    drawing.append(el("g", { class: "place" }, el("title", {}, p.label), el("circle", { cx: x, cy: y, r: 6 }),
      el("text", { x: x + (right ? 11 : -11), y: down, "text-anchor": right ? "start" : "end" }, cut(p.label, 30))));
  });
  return drawing;
}
