"""Looks at every page in headless Chromium and writes docs/pages.md and docs/images (`make pages`).

For each page, with a cold cache: what is loaded, when its words are painted, when it can be used, beside
the time that its queries took; whether the budgets hold; what axe-core says of it by day and by night. The
pictures are of the same pages. It leaves with 1 where a budget is exceeded or axe-core finds a violation.
"""

from __future__ import annotations

import base64
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from benchmarks.servers import ROOT, serving

DOCS = ROOT / "docs"
NPM = ROOT / "tests" / "web" / "browser"
BUDGETS: Mapping[str, float] = {"script": 100_000, "bytes": 450_000, "requests": 15, "shift": 0.1}
"""Most bytes of script and of all files as sent, most requests, most layout shift (CLS), of any page."""
DESK_BUDGETS: Mapping[str, float] = {**BUDGETS, "script": 600_000, "bytes": 900_000}
"""The query desk brings its editor."""
RUNS = 3
SETTLE = 300
"""Milliseconds for which a page is left alone before it is measured."""

PAGES: Sequence[tuple[str, str]] = (
    ("home", "/"),
    ("reading view", "/page/letter/lettre-a-andre-gide"),
    ("reading view, as received", "/page/letter/lettre-a-magdeleine-paz?text=received"),
    ("person", "/page/person/victor-serge"),
    ("place", "/page/place/moscou"),
    ("event", "/page/event/deportation-d-anita-roussakova"),
    ("index", "/browse"),
    ("persons", "/browse/persons"),
    ("statements", "/browse/statements?status=denied"),
    ("search", "/search?q=sukhanov"),
    ("timeline", "/timeline"),
    ("map", "/map"),
    ("network", "/network"),
    ("letters", "/letters"),
    ("coverage", "/coverage"),
    ("side by side", "/compare/person/victor-serge"),
    ("questions", "/queries"),
    ("a question", "/queries/mentions"),
    ("API", "/api"),
    ("ontology", "/ontology"),
    ("query desk", "/sparql"),
)
SHOTS: Sequence[tuple[str, str, Mapping[str, Any]]] = (
    ("home", "/", {}),
    (
        "reading",
        "/page/letter/lettre-a-andre-gide",
        {"click": ".piece:has-text('quel pénitencier')", "scroll": "p.block:has-text('quel pénitencier')"},
    ),
    ("reading-en", "/page/article/au-sujet-de-victor-serge-et-de-calligaris", {"locale": "en-GB"}),
    ("reading-dark", "/page/letter/lettre-a-andre-gide", {"scheme": "dark"}),
    ("reading-phone", "/page/letter/lettre-a-andre-gide", {"width": 390, "scroll": "article.text"}),
    ("statement", "/page/letter/lettre-a-magdeleine-paz", {"click": ".note .permalink >> nth=12"}),
    ("person", "/page/person/anita-roussakova", {}),
    ("side-by-side", "/compare/person/victor-serge", {}),
    ("index", "/browse/persons", {}),
    ("timeline", "/timeline", {}),
    ("map", "/map", {}),
    ("network", "/network", {}),
    ("letters", "/letters", {}),
    ("coverage", "/coverage", {}),
    ("questions", "/queries", {"locale": "en-GB"}),
    ("desk", "/sparql?load=mentions", {"click": "#run", "wait": "svg.chart, .grid"}),
    ("desk-chart", "/sparql?load=mentions", {"click": "#run", "wait": ".grid", "tab": 2}),
)  # fmt: skip
_LOOK = """() => new Promise(done => {
  const found = {paint: 0, shift: 0, busy: 0};
  const watch = (type, note) =>
    new PerformanceObserver(l => l.getEntries().forEach(note)).observe({type, buffered: true});
  watch('layout-shift', e => { if (!e.hadRecentInput) found.shift += e.value; });
  watch('longtask', e => { found.busy = Math.max(found.busy, e.startTime + e.duration); });
  setTimeout(() => {
    const [nav] = performance.getEntriesByType('navigation');
    const paint = performance.getEntriesByName('first-contentful-paint')[0];
    const files = performance.getEntriesByType('resource');
    found.paint = paint ? paint.startTime : nav.domContentLoadedEventEnd;
    found.usable = Math.max(found.paint, nav.domContentLoadedEventEnd, found.busy, window.sergekgReady ?? 0);
    found.answer = nav.responseEnd;
    const sent = some => some.reduce((sum, f) => sum + f.transferSize, 0);
    found.bytes = nav.transferSize + sent(files);
    found.script = sent(files.filter(f => f.initiatorType === 'script' || /\\.js(\\?|$)/.test(f.name)));
    found.requests = 1 + files.length;
    found.hosts = [...new Set(files.map(f => new URL(f.name).host))].filter(h => h !== location.host);
    done(found);
  }, 150);
})"""
_NOTE_READY = """new MutationObserver((_, it) => { if (document.documentElement?.dataset.ready) {
  window.sergekgReady = performance.now(); it.disconnect(); } })
  .observe(document, {attributes: true, subtree: true, attributeFilter: ['data-ready']});"""
_AXE = """() => axe.run(document, {resultTypes: ['violations']})
  .then(r => r.violations.map(v => [v.id, v.impact, v.nodes.length]))"""
_WEBP = """async png => {
  const image = new Image(), canvas = document.createElement('canvas');
  image.src = 'data:image/png;base64,' + png;
  await image.decode();
  Object.assign(canvas, {width: image.width, height: image.height}).getContext('2d').drawImage(image, 0, 0);
  let quality = 0.85, made;
  do {
    made = canvas.toDataURL('image/webp', quality).split(',')[1];
    quality -= 0.1;
  } while (made.length > 130e3);
  return made;
}"""


@dataclass
class Look:
    """What was seen of one page; times in milliseconds, sizes in bytes as sent."""

    name: str
    address: str
    paint: float
    usable: float
    queries: int
    query_time: float
    bytes: int
    script: int
    requests: int
    shift: float
    hosts: Sequence[str]
    violations: list[str] = field(default_factory=list)

    def exceeded(self) -> list[str]:
        """The budgets that do not hold."""
        budgets = DESK_BUDGETS if self.name == "query desk" else BUDGETS
        found = [
            f"{what} {getattr(self, what):g} > {most:g}"
            for what, most in budgets.items()
            if getattr(self, what) > most
        ]
        return found + [f"asks {host}" for host in self.hosts]


@contextmanager
def chromium() -> Iterator[Any]:
    """Debian's Chromium, headless.

    Raises:
        SystemExit: it, or Playwright, is not installed.
    """
    found = shutil.which("chromium")
    if found is None:
        raise SystemExit("Chromium is not installed (apt-get install chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        options = ("--no-sandbox", "--disable-background-networking", "--disable-component-update")
        started = driver.chromium.launch(executable_path=found, headless=True, args=list(options))
        yield started
        started.close()


def axe_source() -> str:
    """axe-core, from npm as the lock file of the browser tests names it."""
    directory = ROOT / "var" / "test" / "npm"
    script = directory / "node_modules" / "axe-core" / "axe.min.js"
    if not script.is_file():
        directory.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copyfile(NPM / name, directory / name)
        subprocess.run(
            ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=directory, check=True
        )
    return script.read_text(encoding="utf-8")


def query_times(addresses: Sequence[str]) -> dict[str, tuple[int, float]]:
    """For each page, how many queries it asks and the milliseconds they take, nothing kept from before."""
    from sergekg.config import load_config
    from sergekg.web import create_app
    from sergekg.web.site import Site

    app = create_app(config=load_config(ROOT))
    served = app.extensions["sergekg"]
    spent: list[float] = []

    class Timed:
        def __getattr__(self, name: str) -> Any:
            return getattr(served.store, name)

        def select(self, query: str) -> Any:
            started = time.perf_counter()
            try:
                return served.store.select(query)
            finally:
                spent.append((time.perf_counter() - started) * 1000)

    app.extensions["sergekg"] = replace(served, store=Timed())
    ask = served.endpoint.first_rows

    def timed(*arguments: Any) -> Any:
        started = time.perf_counter()
        try:
            return ask(*arguments)
        finally:
            spent.append((time.perf_counter() - started) * 1000)

    served.endpoint.first_rows = timed
    client, found = app.test_client(), {}
    client.get("/browse", headers={"Accept": "text/html"})
    client.get("/search?q=x", headers={"Accept": "text/html"})
    for address in addresses:
        totals = []
        for _ in range(RUNS):
            state, held = app.extensions["sergekg.site"]
            fresh = Site(Timed(), served.iris)  # type: ignore[arg-type]
            fresh.index, fresh.names = held.index, held.names  # these are made once for a release
            app.extensions["sergekg.site"] = (state, fresh)
            spent.clear()
            client.get(address, headers={"Accept": "text/html"})
            totals.append((len(spent), sum(spent)))
        found[address] = (totals[0][0], statistics.median(total for _, total in totals))
    return found


def look(browser: Any, server: str, axe: str, times: Mapping[str, tuple[int, float]]) -> Iterator[Look]:
    """See every page, a few times with a cold cache; medians of the times."""
    for name, address in PAGES:
        seen = []
        for _ in range(RUNS):
            context = browser.new_context(locale="fr-FR", viewport={"width": 1280, "height": 900})
            page = context.new_page()
            page.add_init_script(_NOTE_READY)
            page.goto(server + address)
            page.wait_for_timeout(SETTLE)
            seen.append(page.evaluate(_LOOK))
            context.close()
        middle = {what: statistics.median(one[what] for one in seen) for what in ("paint", "usable")}
        last = {what: seen[-1][what] for what in ("bytes", "script", "requests", "shift", "hosts")}
        count, spent = times[address]
        found = Look(name, address, **middle, queries=count, query_time=spent, **last)
        for scheme in ("light", "dark"):
            context = browser.new_context(locale="fr-FR", color_scheme=scheme, reduced_motion="reduce")
            page = context.new_page()
            page.goto(server + address)
            page.wait_for_timeout(SETTLE)
            page.evaluate(axe)
            found.violations += [f"{scheme}: {v[0]} ({v[1]}, {v[2]})" for v in page.evaluate(_AXE)]
            context.close()
        print(f"{name}: {found.paint:.0f} ms, {found.exceeded() or 'within budget'}", file=sys.stderr)
        yield found


def shoot(browser: Any, server: str) -> None:
    """Write the pictures, as WebP."""
    images = DOCS / "images"
    images.mkdir(parents=True, exist_ok=True)
    encoder = browser.new_context().new_page()
    for name, address, wish in SHOTS:
        size = {"width": wish.get("width", 1280), "height": 800}
        context = browser.new_context(
            locale=wish.get("locale", "fr-FR"), viewport=size, color_scheme=wish.get("scheme", "light"),
            reduced_motion="reduce",
        )  # fmt: skip
        page = context.new_page()
        page.goto(server + address)
        page.wait_for_load_state("networkidle")
        if "scroll" in wish:
            page.locator(wish["scroll"]).first.evaluate("e => e.scrollIntoView()")
        if "click" in wish:
            page.locator(wish["click"]).first.click()
            page.wait_for_selector(wish.get("wait", "main"))
        if "tab" in wish:
            page.locator(".view-tabs [role=tab]").nth(wish["tab"]).click()
        page.mouse.move(0, 0)
        page.wait_for_timeout(700)
        raw = base64.b64encode(page.screenshot()).decode()
        (images / f"{name}.webp").write_bytes(base64.b64decode(encoder.evaluate(_WEBP, raw)))
        context.close()


def report(looks: Sequence[Look], version: str) -> str:
    """The page docs/pages.md."""
    lines = [
        "# The pages, measured",
        "",
        f"Written by `make pages`: headless Chromium {version} and the server on one machine, a cold cache, "
        f"{RUNS} visits, medians. *Painted* is the first contentful paint; *usable* is the latest of it, the "
        "parsed page, the last long task and the page's own script being ready; *queries* is what the same "
        "page asks the store and how long that takes, nothing kept from before. Sizes are as sent. "
        f"Load of the machine ({os.cpu_count()} processors) over these minutes: {os.getloadavg()[1]:.1f}.",
        "",
        "| page | painted, ms | usable, ms | queries | taking, ms | script, kB | all, kB | files | shift |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {one.name}, `{one.address}` | {one.paint:.0f} | {one.usable:.0f} | {one.queries} "
        f"| {one.query_time:.1f} | {one.script / 1000:.1f} | {one.bytes / 1000:.0f} | {one.requests} "
        f"| {one.shift:.3f} |"
        for one in looks
    ]
    exceeded = [f"{one.name}: {what}" for one in looks for what in one.exceeded()]
    violations = [f"{one.name}, {what}" for one in looks for what in one.violations]
    limits = ", ".join(f"{what} {most:g}" for what, most in BUDGETS.items())
    lines += [
        "",
        "## Budgets",
        "",
        f"Of any page: {limits}; the query desk brings its editor: script {DESK_BUDGETS['script']:g}, bytes "
        f"{DESK_BUDGETS['bytes']:g}. No page asks another host.",
        "",
        *([f"- exceeded: {what}" for what in exceeded] or ["All hold."]),
        "",
        "## Accessibility",
        "",
        f"axe-core (WCAG 2.2 A and AA, best practices) on these {len(looks)} pages, by day and by night.",
        "",
        *([f"- {what}" for what in violations] or ["No violation."]),
        "",
    ]
    return "\n".join(lines)


def main() -> int:
    """Look at everything; 1 where something does not hold."""
    times = query_times([address for _, address in PAGES])
    with serving() as server, chromium() as browser:
        for _, address in PAGES:  # what a server makes once for a release is not the cost of a page
            browser.contexts or browser.new_context()
            browser.contexts[0].request.get(server + address, headers={"Accept": "text/html"})
        looks = list(look(browser, server, axe_source(), times))
        if "--no-pictures" not in sys.argv:
            shoot(browser, server)
        version = browser.version
    (DOCS / "pages.md").write_text(report(looks, version), encoding="utf-8")
    return int(any(one.exceeded() or one.violations for one in looks))


if __name__ == "__main__":
    sys.exit(main())
