// What may stand at the cursor: prefixes, classes and properties of the dataset's own partitions (inside GRAPH only
// those of that graph), graphs, variables of the query, and things by any of their names.
const KEYWORDS = "SELECT ASK CONSTRUCT DESCRIBE WHERE DISTINCT REDUCED OPTIONAL UNION MINUS GRAPH FILTER EXISTS NOT BIND VALUES UNDEF GROUP ORDER HAVING LIMIT OFFSET PREFIX BASE SERVICE COUNT SUM MIN MAX AVG SAMPLE GROUP_CONCAT STR LANG LANGMATCHES DATATYPE BOUND IRI REGEX CONTAINS STRSTARTS STRENDS STRBEFORE STRAFTER REPLACE LCASE UCASE CONCAT COALESCE YEAR MONTH DAY ISIRI ISLITERAL".split(" ");
const root = document.documentElement.dataset.root ?? "";
const MOST = 60;
const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

let loaded = null;
function load() {
  loaded ??= fetch(root + "/desk/terms.json").then((answer) => (answer.ok ? answer.json() : Promise.reject())).then((found) => {
    for (const term of found.terms) {
      term.folded = fold([term.short, ...Object.values(term.names)].join(" "));
      term.total = Object.values(term.counts).reduce((a, b) => a + b, 0);
    }
    return found;
  }).catch(() => { loaded = null; return { graphs: [], terms: [] }; });
  return loaded;
}

// What stands before the cursor, strings, IRIs and comments blanked out so that braces in them do not count.
function blank(text) {
  return text.replace(/#[^\n]*|<[^<>"{}|^`\\\s]*>|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/g, (m) => (m[0] === "<" ? m : " ".repeat(m.length)));
}
export function enclosingGraph(before, prefixes) {
  const open = [];
  const token = /\bGRAPH\s+(<[^>]*>|[\w-]*:[\w./-]*|[?$]\w+)\s*\{|[{}]/gi;
  for (const match of blank(before).matchAll(token)) {
    if (match[0] === "}") open.pop();
    else open.push(match[1] ?? null);
  }
  const name = open.findLast((graph) => graph !== null);
  if (!name || /^[?$]/.test(name)) return null;
  if (name.startsWith("<")) return name.slice(1, -1);
  const [prefix, local] = [name.slice(0, name.indexOf(":")), name.slice(name.indexOf(":") + 1)];
  return prefix in prefixes ? prefixes[prefix] + local : null;
}
// Whether a class is wanted: after `a` or rdf:type.
const wantsClass = (before) => /(?:^|[\s;{.])(?:a|rdf:type)\s+\S*$/.test(before);

export function completer(settings, say) {
  const language = settings.language;
  const named = (term) => term.names[language] ?? term.names.en ?? term.names.fr ?? term.names[""] ?? "";
  return async (text, offset, explicit) => {
    const before = text.slice(0, offset), current = blank(before);
    if (/#[^\n]*$/.test(before) && !/<[^>\s]*#[^\n]*$/.test(before)) return null;
    const variable = /[?$](\w*)$/.exec(current);
    if (variable) {
      const known = [...new Set([...text.matchAll(/[?$](\w+)/g)].map((m) => m[1]))].filter((v) => v !== variable[1]);
      return { from: offset - variable[0].length, options: known.map((v) => ({ label: `?${v}` })), validFor: /^[?$]\w*$/ };
    }
    const iri = /<([^<>\s]*)$/.exec(before);
    const found = await load();
    if (iri) {
      const options = found.graphs.filter((g) => g.includes(iri[1])).map((g) => ({ label: `<${g}>`, detail: say("graph") }));
      return options.length ? { from: offset - iri[0].length, options, filter: false } : null;
    }
    const word = /[\p{L}\p{N}_:’'-]+$/u.exec(current)?.[0] ?? "";
    if (!word && !explicit) return null;
    const from = offset - word.length, asked = fold(word);
    const graph = enclosingGraph(before, settings.prefixes), number = found.graphs.indexOf(graph ?? "");
    const isClass = wantsClass(current.slice(0, from) + "x");
    const uses = (term) => (number >= 0 ? term.counts[number] ?? 0 : term.total);
    const terms = found.terms
      .filter((term) => uses(term) > 0 && term.folded.includes(asked) && (!isClass || term.class))
      .map((term) => ({ term, rank: (fold(term.short).startsWith(asked) ? 0 : fold(term.short).includes(":" + asked) ? 1 : 2) + (term.class === isClass ? 0 : 0.5) }))
      .sort((a, b) => a.rank - b.rank || uses(b.term) - uses(a.term)).slice(0, MOST)
      .map(({ term }) => ({ label: term.short.includes(":") && !term.short.includes("//") ? term.short : `<${term.iri}>`, detail: `${named(term)} · ${uses(term).toLocaleString(language)}`, info: term.iri }));
    const options = [];
    if (!word.includes(":")) {
      options.push(...Object.keys(settings.prefixes).filter((p) => p.startsWith(asked)).map((p) => ({ label: `${p}:`, detail: say("prefix") })));
      if (word) options.push(...KEYWORDS.filter((k) => k.toLowerCase().startsWith(asked)).map((k) => ({ label: k })));
    }
    options.push(...terms);
    if (word.length > 2 && !word.includes(":") && !isClass) {
      try {
        const things = await (await fetch(`${root}/search.json?q=${encodeURIComponent(word)}`)).json();
        options.push(...things.map((thing) => ({ label: thing.name, detail: thing.form === thing.name ? thing.class : `${thing.form} · ${thing.class}`, apply: `<${thing.iri}>`, info: thing.iri })));
      } catch { /* names are a help, not a need */ }
    }
    return options.length ? { from, options, filter: false } : null;
  };
}
