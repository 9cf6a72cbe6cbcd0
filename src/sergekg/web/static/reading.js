// The reading view beyond its links: a click on words finds their statements, a selection gets a permanent link.
const article = document.querySelector("article.text"), notes = document.querySelector("aside.notes");
const words = JSON.parse(document.getElementById("reading-words").textContent);
const note = (number) => notes.querySelector(`.note[value="${CSS.escape(number)}"]`);
const pieces = (number) => article.querySelectorAll(`[data-passages~="${CSS.escape(number)}"]`);
const quiet = matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";

function mark(number, name) {
  for (const piece of article.querySelectorAll(`.${name}`)) piece.classList.remove(name);
  if (number) for (const piece of pieces(number)) piece.classList.add(name);
}
function show(numbers) {
  for (const shown of notes.querySelectorAll(".active")) shown.classList.remove("active");
  const found = numbers.map(note).filter(Boolean);
  for (const one of found) one.classList.add("active");
  // scroll the panel alone: the reader keeps the place in the text
  if (found[0]) notes.scrollTo({ top: notes.scrollTop + found[0].getBoundingClientRect().top - notes.getBoundingClientRect().top - 12, behavior: quiet });
  mark(numbers[0], "near");
  return found[0];
}

article.addEventListener("click", (event) => {
  if (event.target.closest("a") || !getSelection().isCollapsed) return;
  const piece = event.target.closest("[data-passages]");
  const numbers = piece?.dataset.passages.split(" ").filter(Boolean);
  if (!numbers?.length) return;
  const first = show(numbers);
  history.replaceState(null, "", `#${first.id}`);
  if (getComputedStyle(notes).position === "static") first.scrollIntoView({ behavior: quiet, block: "center" });
});
for (const call of article.querySelectorAll("sup.call a")) {
  call.addEventListener("click", (event) => {
    const number = document.getElementById(call.hash.slice(1))?.getAttribute("value");
    if (!number || getComputedStyle(notes).position === "static") return;
    event.preventDefault();
    show([number]).querySelector("a")?.focus({ preventScroll: true });
    history.replaceState(null, "", call.hash);
  });
}
notes.addEventListener("click", (event) => {
  const back = event.target.closest("a.back");
  if (!back || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const number = back.closest(".note").getAttribute("value");
  show([number]);
  document.getElementById(decodeURIComponent(back.hash.slice(1)))?.scrollIntoView({ behavior: quiet, block: "center" });
  history.replaceState(null, "", back.href);
});
notes.addEventListener("mouseover", (event) => mark(event.target.closest(".note")?.getAttribute("value"), "near"));

// filters take effect when they are changed
const filters = document.querySelector("form.filters");
filters.addEventListener("change", () => filters.requestSubmit());
filters.querySelector("button").classList.add("hidden");

// a permanent link to any words: the offsets of what is selected
const bubble = Object.assign(document.createElement("button"), { type: "button", className: "bubble", hidden: true, textContent: words.link });
document.body.append(bubble);
function offsetOf(node, inside) {
  const piece = (node.nodeType === 3 ? node.parentElement : node).closest?.("[data-offset]");
  return piece && Number(piece.dataset.offset) + [...piece.textContent.slice(0, node.nodeType === 3 ? inside : 0)].length;
}
document.addEventListener("selectionchange", () => {
  const selected = getSelection();
  if (selected.isCollapsed || !article.contains(selected.anchorNode) || !article.contains(selected.focusNode)) { bubble.hidden = true; return; }
  const range = selected.getRangeAt(0), box = range.getBoundingClientRect();
  const from = offsetOf(range.startContainer, range.startOffset), to = offsetOf(range.endContainer, range.endOffset);
  if (from == null || to == null || to <= from) { bubble.hidden = true; return; }
  bubble.dataset.passage = `${from}-${to}`;
  bubble.textContent = words.link;
  bubble.style.left = `${Math.max(8, box.left + scrollX)}px`;
  bubble.style.top = `${box.bottom + scrollY + 8}px`;
  bubble.hidden = false;
});
bubble.addEventListener("mousedown", (event) => event.preventDefault());
bubble.addEventListener("click", async () => {
  // what is shown is a reading; what lasts is the place in the file, and the server knows it
  const asked = new URL(location.href);
  for (const argument of ["passage", "words"]) asked.searchParams.delete(argument);
  asked.searchParams.set(article.dataset.argument, bubble.dataset.passage);
  const address = new URL((await fetch(asked)).url);
  address.hash = "lit";
  history.replaceState(null, "", address);
  try { await navigator.clipboard.writeText(address.href); bubble.textContent = words.copied; } catch { bubble.textContent = address.href; }
});

if (location.hash.startsWith("#n")) show([document.getElementById(location.hash.slice(1))?.getAttribute("value")].filter(Boolean));
document.documentElement.dataset.ready = "reading";
