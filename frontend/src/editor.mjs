// The editor of the query desk: CodeMirror with SPARQL, completion from the dataset, errors in place.
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { HighlightStyle, LanguageSupport, bracketMatching, syntaxHighlighting } from "@codemirror/language";
import { forceLinting, lintGutter, linter } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { EditorState } from "@codemirror/state";
import {
  EditorView, drawSelection, highlightActiveLine, highlightActiveLineGutter, highlightSpecialChars, keymap, lineNumbers,
} from "@codemirror/view";
import { styleTags, tags as t } from "@lezer/highlight";
import { SparqlLanguage } from "codemirror-lang-sparql";

// The grammar names prefixed names and `a`, and gives them no mark of their own.
const language = SparqlLanguage.configure({
  props: [styleTags({ "PrefixedName/... Pname_ln Pname_ns IriRef": t.url, A_predicate: t.keyword, Langtag: t.annotation })],
});

// Colours are the page's own custom properties, so that dark mode and print need nothing here.
const marks = HighlightStyle.define([
  { tag: t.keyword, color: "var(--accent)", fontWeight: "600" },
  { tag: [t.operatorKeyword, t.modifier, t.function(t.variableName)], color: "var(--accent)" },
  { tag: t.variableName, color: "var(--person)" },
  { tag: [t.url, t.namespace, t.propertyName, t.typeName, t.local(t.variableName)], color: "var(--place)" },
  { tag: [t.string, t.special(t.string)], color: "var(--event)" },
  { tag: [t.number, t.bool, t.literal], color: "var(--collective)" },
  { tag: t.annotation, color: "var(--soft)" },
  { tag: [t.comment, t.lineComment], color: "var(--soft)", fontStyle: "italic" },
]);

const look = EditorView.theme({
  "&": { backgroundColor: "var(--sheet)", color: "var(--ink)", border: "1px solid var(--rule-strong)", borderRadius: "3px", fontSize: ".95rem" },
  "&.cm-focused": { outline: "2px solid var(--focus)", outlineOffset: "1px" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.5", minHeight: "14rem", maxHeight: "60vh" },
  ".cm-content": { caretColor: "var(--ink)", padding: ".5rem 0" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "var(--lit)" },
  ".cm-activeLine": { backgroundColor: "color-mix(in srgb, var(--panel) 55%, transparent)" },
  ".cm-gutters": { backgroundColor: "var(--panel)", color: "var(--soft)", border: "0" },
  ".cm-activeLineGutter": { backgroundColor: "var(--rule)" },
  ".cm-tooltip": { backgroundColor: "var(--sheet)", color: "var(--ink)", border: "1px solid var(--rule-strong)", borderRadius: "3px", fontFamily: "var(--sans)" },
  ".cm-tooltip-autocomplete > ul": { fontFamily: "var(--sans)", maxHeight: "18rem" },
  ".cm-tooltip-autocomplete > ul > li": { padding: ".15rem .5rem" },
  ".cm-tooltip-autocomplete > ul > li[aria-selected]": { backgroundColor: "var(--accent)", color: "var(--paper)" },
  ".cm-completionDetail": { fontStyle: "italic", marginLeft: ".8em", opacity: ".85" },
  ".cm-completionIcon": { display: "none" },
  ".cm-panels": { backgroundColor: "var(--panel)", color: "var(--ink)" },
  ".cm-lintRange-error": { backgroundImage: "none", textDecoration: "underline wavy var(--accent)" },
  ".cm-diagnostic-error": { borderLeftColor: "var(--accent)" },
});

function lastWord(text, offset) {
  const before = text.slice(0, offset).trimEnd();
  return [Math.max(before.length - (/\S+$/.exec(before)?.[0].length ?? 1), 0), before.length];
}

// completions is (query, offset, explicit) => Promise<{from, options, filter}|null>; check is (query) => Promise<error|null>
export function makeEditor({ parent, doc, label, nonce, onChange, onRun, completions, check, phrases }) {
  const complete = async (context) => completions(context.state.doc.toString(), context.pos, context.explicit);
  const lint = async (view) => {
    const text = view.state.doc.toString();
    if (!text.trim()) return [];
    const error = await check(text);
    if (!error) return [];
    const line = view.state.doc.line(Math.min(Math.max(error.line ?? 1, 1), view.state.doc.lines));
    // the server counts code points, the editor UTF-16 units
    const before = Array.from(line.text).slice(0, Math.max((error.column ?? 1) - 1, 0)).join("").length;
    const at = Math.min(line.from + before, line.to);
    // what is missing at an end is marked on the word before it
    const word = /^[^\s{}()[\];,]+|^\S/.exec(view.state.doc.sliceString(at, line.to))?.[0];
    const [from, to] = word ? [at, at + word.length] : lastWord(text, at);
    return [{ from, to, severity: "error", message: [error.message, error.hint].filter(Boolean).join(" — ") }];
  };
  const view = new EditorView({
    parent,
    state: EditorState.create({ doc, extensions: extensions() }),
  });
  function extensions() {
    return [
      EditorView.cspNonce.of(nonce), EditorState.phrases.of(phrases ?? {}),
      lineNumbers(), highlightActiveLineGutter(), highlightSpecialChars(), history(), drawSelection(),
      bracketMatching(), closeBrackets(), highlightActiveLine(), highlightSelectionMatches(), EditorView.lineWrapping,
      new LanguageSupport(language), syntaxHighlighting(marks), look,
      autocompletion({ override: [complete], maxRenderedOptions: 60, icons: false }),
      linter(lint, { delay: 500 }), lintGutter(),
      EditorView.contentAttributes.of({ "aria-label": label, spellcheck: "false", autocapitalize: "off" }),
      EditorView.updateListener.of((update) => update.docChanged && onChange(update.state.doc.toString())),
      keymap.of([
        { key: "Mod-Enter", run: () => (onRun(), true) },
        ...closeBracketsKeymap, ...defaultKeymap.filter((k) => k.key !== "Mod-Enter"), ...searchKeymap, ...historyKeymap, ...completionKeymap,
      ]),
    ];
  }
  return {
    get: () => view.state.doc.toString(),
    // a new state, so that undo does not lead into another tab
    set: (text) => view.setState(EditorState.create({ doc: text, extensions: extensions() })),
    focus: () => view.focus(),
    check: () => forceLinting(view),
  };
}
