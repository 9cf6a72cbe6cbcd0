// Makes static/dist: the query editor, the fonts, the coast lines, and the licences of all of them.
// Usage: node build.mjs OUTPUT-DIRECTORY
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { build } from "esbuild";
import { feature } from "topojson-client";

const out = process.argv[2] ?? "dist";
mkdirSync(join(out, "fonts"), { recursive: true });

await build({
  entryPoints: ["src/editor.mjs", "src/drawings.mjs"],
  outdir: out,
  outExtension: { ".js": ".js" },
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2021",
  legalComments: "none",
});

// Fonts: only the scripts that names and texts are written in.
const SCRIPTS = new Set(["latin", "latin-ext", "cyrillic"]);
const FACES = [
  ["@fontsource-variable/eb-garamond", "index.css"],
  ["@fontsource-variable/eb-garamond", "wght-italic.css"],
  ["@fontsource-variable/source-sans-3", "index.css"],
  ["@fontsource-variable/source-code-pro", "index.css"],
];
const rules = [];
for (const [pack, sheet] of FACES) {
  const css = readFileSync(join("node_modules", pack, sheet), "utf8");
  for (const [rule] of css.matchAll(/@font-face\s*\{[^}]*\}/g)) {
    const file = /url\(\.\/files\/([^)]+\.woff2)\)/.exec(rule)?.[1];
    const script = /-(latin-ext|latin|cyrillic-ext|cyrillic|greek-ext|greek|vietnamese)-/.exec(file ?? "")?.[1];
    if (!file || !SCRIPTS.has(script)) continue;
    copyFileSync(join("node_modules", pack, "files", file), join(out, "fonts", file));
    rules.push(rule.replace(/src:[^;]+;/, `src: url(fonts/${file}) format("woff2");`));
  }
}
writeFileSync(join(out, "fonts.css"), rules.join("\n") + "\n");

// Coast lines of Natural Earth: rings of [longitude, latitude] in hundredths of a degree.
const atlas = JSON.parse(readFileSync("node_modules/world-atlas/land-50m.json", "utf8"));
const rings = [];
for (const shape of feature(atlas, atlas.objects.land).features) {
  const polygons = shape.geometry.type === "Polygon" ? [shape.geometry.coordinates] : shape.geometry.coordinates;
  for (const polygon of polygons) for (const ring of polygon) {
    const points = ring.map(([x, y]) => [Math.round(x * 100), Math.round(y * 100)]);
    const kept = points.filter((p, i) => i === 0 || p[0] !== points[i - 1][0] || p[1] !== points[i - 1][1]);
    if (kept.length > 3) rings.push(kept);
  }
}
writeFileSync(join(out, "land.json"), JSON.stringify({ source: "Natural Earth 1:50m (public domain)", rings }));

// Every package in the lock file with its licence.
const lock = JSON.parse(readFileSync("package-lock.json", "utf8"));
const notices = [];
for (const [path, about] of Object.entries(lock.packages)) {
  if (!path || path.includes("esbuild") || !existsSync(path)) continue;
  const file = readdirSync(path).find((name) => /^licen[cs]e/i.test(name));
  const text = file ? readFileSync(join(path, file), "utf8").trim() : about.license ?? "";
  notices.push(`${path.replace("node_modules/", "")} ${about.version} (${about.license ?? "see below"})\n\n${text}\n`);
}
writeFileSync(join(out, "LICENSES.txt"), notices.join(`\n${"-".repeat(80)}\n\n`));
console.log(`${basename(out)}: ${readdirSync(out).join(", ")}`);
