// What every page has: theme, confirmation, copying, filters that send themselves, modules on demand.
//
// data-module="map"          imports js/map.js and calls its mount(element), also after a swap
// data-confirm="…?"          asks in a dialog before a button or link acts; data-confirm-yes is the verb
// data-copy="text"           copies the text (or, empty, this page's address) and says so
// data-auto-submit           on a GET form: every change sends it; its button.no-js is hidden
// data-dismiss               removes the notice around the button
// data-chip-remove           takes the chip away at once, while the link or the request runs
// data-focus                 receives the focus when it appears (error summaries)
// data-select                a field whose text is selected when it receives the focus
// data-select-all="name"     a checkbox that sets all checkboxes of that name in its form

import { confirmFirst } from "./confirm.js";
import { announce, listenToRequests, texts } from "./requests.js";

const root = document.documentElement;

function mount(within) {
  const found = [...within.querySelectorAll("[data-module]")];
  if (within.matches?.("[data-module]")) found.unshift(within);
  for (const element of found) {
    const name = element.dataset.module;
    if (element.dataset.mounted || !/^[a-z-]+$/.test(name)) continue;
    element.dataset.mounted = "begun";
    import(`./${name}.js`).then((module) => module.mount(element)).catch((error) => {
      // Without its module the element stays what the server sent, which is usable.
      console.error(error);
      element.dataset.failed = "true";
    }).finally(() => { element.dataset.mounted = "done"; });
  }
}

function focusSummary(within) {
  const wanted = within.querySelector("[data-focus]");
  wanted?.focus();
  return Boolean(wanted);
}

function darkNow() {
  if (root.dataset.theme) return root.dataset.theme === "dark";
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

function switchTheme() {
  const dark = !darkNow();
  const system = matchMedia("(prefers-color-scheme: dark)").matches;
  if (dark === system) delete root.dataset.theme;
  else root.dataset.theme = dark ? "dark" : "light";
  try {
    if (root.dataset.theme) localStorage.setItem("theme", root.dataset.theme);
    else localStorage.removeItem("theme");
  } catch {
    // The choice then holds for this page only.
  }
  document.dispatchEvent(new CustomEvent("theme"));
}

async function copy(button) {
  const text = button.dataset.copy || location.href;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Without permission or https: the old way, through a selected field.
    const field = Object.assign(document.createElement("textarea"), { value: text, className: "visually-hidden" });
    button.after(field);
    field.select();
    document.execCommand("copy");
    field.remove();
    button.focus();
  }
  announce(button.dataset.copied || texts.copied);
}

function keepQuery(link) {
  const query = new URLSearchParams(location.search);
  query.set("lang", link.hreflang);
  link.href = `${location.pathname}?${query}`;
}

document.addEventListener("click", (event) => {
  const at = (selector) => event.target.closest?.(selector);
  if (at("[data-theme-switch]")) switchTheme();
  if (at("[data-copy]")) copy(at("[data-copy]"));
  if (at("[data-print]")) window.print();
  if (at("[data-keep-query]")) keepQuery(at("[data-keep-query]"));
  if (at("[data-dismiss]")) at(".notice")?.remove();
  if (at("[data-chip-remove]") && !event.ctrlKey && !event.metaKey) at(".chip").hidden = true;
});

document.addEventListener("focusin", (event) => {
  if (event.target.dataset?.select !== undefined) event.target.select();
});

let pending;
document.addEventListener("change", (event) => {
  const field = event.target;
  if (field.dataset?.selectAll) {
    for (const box of field.form.elements[field.dataset.selectAll] ?? []) box.checked = field.checked;
  }
  const form = field.form;
  if (!form?.matches("[data-auto-submit]") || field.dataset.noSubmit !== undefined) return;
  clearTimeout(pending);
  pending = setTimeout(() => form.requestSubmit(), 150);
});

// Paper is white: the reader's own dark theme steps aside while printing.
let themeBeforePrint;
window.addEventListener("beforeprint", () => {
  themeBeforePrint = root.dataset.theme;
  root.dataset.theme = "light";
  root.dataset.printing = "";
  document.dispatchEvent(new CustomEvent("theme"));
});
window.addEventListener("afterprint", () => {
  delete root.dataset.printing;
  if (themeBeforePrint) root.dataset.theme = themeBeforePrint;
  else delete root.dataset.theme;
  document.dispatchEvent(new CustomEvent("theme"));
});

// htmx names its events after process, so a new element is mounted however it arrived.
document.addEventListener("htmx:after:process", (event) => mount(event.target));

confirmFirst();
listenToRequests(focusSummary);
mount(document.body);
focusSummary(document);
for (const button of document.querySelectorAll("[data-theme-switch]")) button.hidden = false;
for (const current of document.querySelectorAll(".site-nav [aria-current], .tabs [aria-current]")) {
  current.scrollIntoView({ block: "nearest", inline: "center" });
}
