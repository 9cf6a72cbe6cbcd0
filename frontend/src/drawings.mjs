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

// network: nodes [{id, label, family}], links [{source, target, label}]
export function network(nodes, links, label) {
  const width = 1000, height = Math.min(1200, Math.max(420, nodes.length * 14));
  const ns = nodes.map((n) => ({ ...n })), ls = links.map((l) => ({ ...l }));
  const simulation = forceSimulation(ns)
    .force("link", forceLink(ls).id((n) => n.id).distance(90)).force("charge", forceManyBody().strength(-260))
    .force("x", forceX(width / 2).strength(0.05)).force("y", forceY(height / 2).strength(0.08))
    .force("collide", forceCollide(30)).force("center", forceCenter(width / 2, height / 2)).stop();
  for (let i = 0; i < 240; i += 1) simulation.tick();
  for (const n of ns) { n.x = Math.max(90, Math.min(width - 90, n.x)); n.y = Math.max(20, Math.min(height - 14, n.y)); }
  const top = Math.min(...ns.map((n) => n.y)) - 30, bottom = Math.max(...ns.map((n) => n.y)) + 20;
  const drawing = svg(width, height, label, "network");
  drawing.setAttribute("viewBox", `0 ${top} ${width} ${bottom - top}`);
  for (const l of ls) drawing.append(el("line", { x1: l.source.x, y1: l.source.y, x2: l.target.x, y2: l.target.y }, el("title", {}, l.label ?? "")));
  for (const n of ns) {
    drawing.append(el("g", { class: n.family ?? "" }, el("title", {}, n.label), el("circle", { cx: n.x, cy: n.y, r: 5 }),
      el("text", { x: n.x, y: n.y - 9, "text-anchor": "middle" }, cut(n.label, 28))));
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
