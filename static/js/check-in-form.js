// The check-in form as the scan field and the waiting list need it: sending, swapping, rows, a blank one.

const ID = "check-in";
const FRAGMENT = { "HX-Request": "true", "HX-Target": `form#${ID}` };

export const form = () => document.getElementById(ID);

export function texts(id) {
  return JSON.parse(document.getElementById(id)?.textContent || "{}");
}

// --- Sending -----------------------------------------------------------------------------------

export function fieldsOf(element, button) {
  const data = new FormData(element);
  if (button?.name) data.append(button.name, button.value);
  return data;
}

// Resolves with {status, json} or {status, fragment}; rejects where the line is down.
export async function post(data, { json = false, seconds = 15 } = {}) {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), seconds * 1000);
  try {
    const headers = { ...FRAGMENT, Accept: json ? "application/json" : "text/html" };
    const body = new URLSearchParams(data);
    const answer = await fetch(form().action, { method: "POST", headers, body, signal: abort.signal });
    const isJson = answer.headers.get("Content-Type")?.startsWith("application/json");
    const said = isJson ? { json: await answer.json() } : { fragment: fragmentOf(await answer.text()) };
    return { status: answer.status, ...said };
  } finally {
    clearTimeout(timer);
  }
}

function fragmentOf(text) {
  const template = document.createElement("template");
  template.innerHTML = text;
  return template.content.getElementById(ID);
}

// --- Swapping ----------------------------------------------------------------------------------

export function snapshot(element) {
  return new Map([...element.elements].filter((field) => field.name).map((field) => [key(field), stateOf(field)]));
}

const isTick = (field) => field.type === "radio" || field.type === "checkbox";
const key = (field) => (isTick(field) ? `${field.name}=${field.value}` : field.name);
const stateOf = (field) => (isTick(field) ? field.checked : field.value);

export function swap(next, before) {
  const current = form();
  // What was typed while the answer was on its way is newer than the answer.
  if (before) keepTyped(current, next, before);
  current.replaceWith(next);
  window.htmx?.process(next);
  return next;
}

function keepTyped(current, next, before) {
  const targets = new Map([...next.elements].filter((field) => field.name).map((field) => [key(field), field]));
  for (const field of current.elements) {
    const name = key(field);
    const target = targets.get(name);
    if (!field.name || !target || field.type === "hidden" || !before.has(name) || before.get(name) === stateOf(field)) continue;
    if (isTick(target)) target.checked = field.checked;
    else target.value = field.value;
  }
}

// Puts the next check-in, and what was said of the last one, in place without loading the page anew.
export async function renew(url) {
  const answer = await fetch(url, { headers: FRAGMENT });
  const template = document.createElement("template");
  template.innerHTML = await answer.text();
  const next = template.content.getElementById(ID);
  if (!answer.ok || !next) throw new Error(`no form at ${url}`);
  const messages = template.content.getElementById("messages");
  if (messages) document.getElementById("messages").replaceWith(messages);
  return swap(next, null);
}

// --- Rows of guests ----------------------------------------------------------------------------

export const rows = (element = form()) => [...element.querySelectorAll("fieldset.guest")];

export const inRow = (row, name) => row.querySelector(`[name$="-${name}"]`);

export function isEmptyRow(row) {
  return ["full_name", "date_of_birth", "document_number"].every((name) => !inRow(row, name).value.trim());
}

function empty(row) {
  for (const field of row.querySelectorAll("input, select, textarea")) {
    if (isTick(field)) field.checked = false;
    else if (field.tagName === "SELECT") field.selectedIndex = Math.max(0, defaultOf(field));
    else field.value = "";
    field.removeAttribute("aria-invalid");
  }
  row.querySelectorAll(".field-error, .doubt, .remembered").forEach((words) => words.remove());
  row.querySelectorAll(".field-invalid").forEach((field) => field.classList.remove("field-invalid"));
  delete row.dataset.mounted;
}

function defaultOf(select) {
  const wanted = select.name.endsWith("nationality") ? "VNM" : select.name.endsWith("document_type") ? "citizen_id" : "";
  return [...select.options].findIndex((option) => option.value === wanted);
}

// A further row without the server, for when the line is down.
export function addRow() {
  const all = rows();
  const last = all.at(-1);
  const number = all.length;
  const copy = last.cloneNode(true);
  for (const element of copy.querySelectorAll("*")) {
    for (const name of ["id", "name", "for", "aria-describedby"]) {
      const value = element.getAttribute(name);
      if (value) element.setAttribute(name, value.replace(/guests-\d+/g, `guests-${number}`));
    }
  }
  const heading = copy.querySelector("legend h2");
  heading.textContent = heading.textContent.replace(/\d+/, number + 1);
  empty(copy);
  last.after(copy);
  window.htmx?.process(copy);
  return copy;
}

// --- A blank form ------------------------------------------------------------------------------

function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
}

// The next check-in without asking the server: nothing of the last one is left but its dates.
export function blank(now) {
  const next = form().cloneNode(true);
  rows(next).slice(1).forEach((row) => row.remove());
  rows(next).forEach(empty);
  next.querySelectorAll(".error-summary, [role=alert], .scan-words .notice").forEach((words) => words.remove());
  for (const name of ["reservation", "reason_detail", "note"]) next.elements[name].value = "";
  if (next.elements.source.value === "reservation") next.elements.source.value = "walk_in";
  next.elements.stay_id.value = newKey();
  const local = new Date(now + 7 * 3600 * 1000).toISOString();
  next.elements.arrived_date.value = local.slice(0, 10);
  next.elements.arrived_time.value = local.slice(11, 16);
  return next;
}
