// Check-ins that wait in this tab for the line, and are sent once each: the key in the form sees to it.
//
// data-module="offline" around the list. Everything is in the memory of this tab only: no storage of the
// browser is touched, and leaving the page asks first. A form that the server sends back is opened to be mended.

import { addRow, blank, fieldsOf, form, inRow, isEmptyRow, post, renew, rows, swap, texts } from "./check-in-form.js";
import { announce } from "./requests.js";

const OURS = new Set([undefined, "", "then", "confirmed"]);
const RETRY = [2000, 4000, 8000, 15000];
const HELD = new Set(["waiting", "sending"]);

export function mount(section) {
  const words = texts("waiting-texts");
  const list = section.querySelector(".waiting-list");
  const serverBegan = Date.parse(section.dataset.now);
  const began = performance.now();
  const entries = [];
  let sending = false;
  let tries = 0;
  let timer;

  // The server's clock, carried on by one that nobody sets.
  const now = () => serverBegan + (performance.now() - began);

  // --- One entry -------------------------------------------------------------------------------

  function entryOf(element, button) {
    const place = element.elements.place;
    const room = place.value.startsWith("room:") ? `${words.room} ${place.value.slice(5)}` : place.selectedOptions[0]?.text ?? "";
    const guests = rows(element).filter((row) => !isEmptyRow(row)).length;
    const data = fieldsOf(element, button);
    const time = new Date(now()).toLocaleTimeString("vi-VN", { hour: "2-digit", minute: "2-digit", timeZone: "Asia/Ho_Chi_Minh" });
    const label = `${room} · ${guests} ${words.guests} · ${time}`;
    return { key: element.elements.stay_id.value, data, form: element, label, state: "waiting", url: "" };
  }

  function submitted(event) {
    const element = event.target;
    if (element !== form() || !OURS.has(event.submitter?.name)) return;
    event.preventDefault();
    const key = element.elements.stay_id.value;
    if (element.dataset.sending || entries.some((entry) => entry.key === key && HELD.has(entry.state))) return;
    const box = element.elements.scan?.value.trim();
    if (!navigator.onLine && !box && rows(element).every(isEmptyRow)) {
      announce(words.nobody, "late");
      return;
    }
    send(entryOf(element, event.submitter), element, event.submitter);
  }

  // What is sent from the form in front of somebody: it goes on to the next page, or comes back at once.
  async function send(entry, element, button) {
    element.dataset.sending = "true";
    button?.setAttribute("aria-busy", "true");
    const answer = await attempt(entry);
    if (answer?.json && entry.data.get("then") && (await goOn(answer.json.url))) return;
    delete element.dataset.sending;
    button?.removeAttribute("aria-busy");
    if (answer?.json && !entries.some(isHeld)) {
      location.assign(answer.json.url);
      return;
    }
    if (answer?.fragment) {
      const next = swap(answer.fragment, null);
      next.querySelector("[data-focus]")?.focus();
      return;
    }
    settle(entry, answer);
    entries.push(entry);
    if (form() === element) swap(blank(now()), null);
    document.getElementById("scan")?.focus();
    if (entry.state === "waiting") announce(words.kept, "late");
    show();
    again();
  }

  async function goOn(url) {
    try {
      await renew(url);
    } catch {
      return false;
    }
    document.getElementById("scan")?.focus();
    return true;
  }

  // Returns what the server said, null where it said nothing.
  async function attempt(entry) {
    try {
      let answer = await post(entry.data, { json: true });
      if (answer.status === 400) answer = (await newToken(entry)) ? await post(entry.data, { json: true }) : { status: 401 };
      return answer.status >= 500 || answer.status === 429 ? null : answer;
    } catch {
      return null;
    }
  }

  // Somebody signed in anew meanwhile: the form takes the token of the session there is now.
  async function newToken(entry) {
    const answer = await fetch(section.dataset.new, { headers: { "HX-Request": "true", "HX-Target": "form#check-in" } });
    if (!answer.ok) return false;
    const template = document.createElement("template");
    template.innerHTML = await answer.text();
    const token = template.content.querySelector("[name=csrf_token]")?.value;
    if (!token) return false;
    entry.data.set("csrf_token", token);
    entry.form.elements.csrf_token.value = token;
    return true;
  }

  function settle(entry, answer) {
    if (!answer) entry.state = "waiting";
    else if (answer.json) Object.assign(entry, { state: answer.json.again ? "again" : "sent", url: answer.json.stay, data: null, form: null });
    else if (answer.status === 401) entry.state = "signed_out";
    else if (answer.fragment) {
      entry.state = answer.fragment.querySelector("[name=confirmed]") ? "confirm" : "fault";
      entry.form = answer.fragment;
    } else entry.state = "refused";
  }

  // --- The queue -------------------------------------------------------------------------------

  const isHeld = (entry) => Boolean(entry.form);

  async function sendAll() {
    if (sending) return;
    sending = true;
    clearTimeout(timer);
    for (const entry of entries.filter(({ state }) => state === "waiting")) {
      // It may have been opened again while another one was on its way.
      if (entry.state !== "waiting" || !entries.includes(entry)) continue;
      entry.state = "sending";
      show();
      const answer = await attempt(entry);
      settle(entry, answer);
      show();
      if (!answer) break;
      tries = 0;
      if (entry.state === "sent" && !entries.some(isHeld)) announce(words.all_sent);
    }
    sending = false;
    again();
  }

  function again() {
    clearTimeout(timer);
    if (entries.some(({ state }) => state === "waiting")) {
      timer = setTimeout(sendAll, RETRY[Math.min(tries, RETRY.length - 1)]);
      tries += 1;
    }
  }

  // --- The list --------------------------------------------------------------------------------

  function show() {
    section.hidden = !entries.length;
    list.replaceChildren(...entries.map(item));
  }

  function item(entry) {
    const line = document.createElement("li");
    line.dataset.state = entry.state;
    const said = document.createElement("span");
    said.textContent = `${entry.label}: ${words[entry.state]}.`;
    line.append(said);
    if (entry.url) line.append(link(entry.url, words.show));
    if (entry.state === "signed_out") line.append(link(section.dataset.signIn, words.sign_in, "_blank"));
    if (["signed_out", "waiting", "refused"].includes(entry.state)) line.append(press(words.send, () => { retry(entry); }));
    if (isHeld(entry) && entry.state !== "sending") line.append(press(words.open, () => { open(entry); }), dropButton(entry));
    return line;
  }

  function press(text, work) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "button button-secondary button-small", textContent: text });
    button.addEventListener("click", work);
    return button;
  }

  function dropButton(entry) {
    const button = press(words.drop, () => {
      entries.splice(entries.indexOf(entry), 1);
      show();
    });
    button.dataset.confirm = words.drop_sure;
    return button;
  }

  function link(url, text, target) {
    return Object.assign(document.createElement("a"), { href: url, textContent: text, target: target ?? "", rel: "noopener" });
  }

  function retry(entry) {
    entry.state = "waiting";
    sendAll();
  }

  // Puts an entry back into the form; what stood there, begun, takes its place in the list.
  function open(entry) {
    const current = form();
    entries.splice(entries.indexOf(entry), 1);
    if (!rows(current).every(isEmptyRow)) entries.push({ ...entryOf(current), state: "draft" });
    swap(entry.form, null).querySelector("[data-focus]")?.focus();
    show();
  }

  // A further guest while the line is down; else htmx asks the server for the row.
  function addOffline(event) {
    if (navigator.onLine || !event.target.closest?.("#check-in button[name=add]")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    inRow(addRow(), "full_name").focus();
  }

  document.addEventListener("submit", submitted, true);
  document.addEventListener("click", addOffline, true);
  window.addEventListener("online", () => { tries = 0; sendAll(); });
  window.addEventListener("beforeunload", (event) => {
    if (entries.some(isHeld)) event.preventDefault();
  });
}
