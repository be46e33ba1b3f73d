// The scan field: takes what a scanner types or somebody pastes, one document after the other.
//
// data-module="scan" around textarea[name=scan], the button that reads and the one of the camera. A citizen
// card's QR ends with Enter, machine-readable lines with as many as there are lines; Enter in the empty field
// saves the check-in and begins the next. What was read is kept nowhere.

import { addRow, form, fieldsOf, inRow, isEmptyRow, post, rows, snapshot, swap, texts } from "./check-in-form.js";
import { announce, texts as common } from "./requests.js";
import { bars, isUnfinished, isWhole } from "./scan-text.js";

const SAME_MOMENT = 700;
const RESTS = 250;

export function mount(panel) {
  const box = panel.querySelector("textarea");
  const words = texts("scan-texts");
  const queue = [];
  let running = false;
  let takenAt = -SAME_MOMENT;
  let typedAt = -RESTS;

  function take(text) {
    takenAt = performance.now();
    queue.push(text);
    run();
  }

  async function run() {
    if (running) return;
    running = true;
    panel.setAttribute("aria-busy", "true");
    while (queue.length) {
      // While a check-in is being saved the form is the last party's: the next scan is of the next.
      while (form().dataset.sending) await new Promise((resolve) => { setTimeout(resolve, 30); });
      await read(queue.shift());
    }
    panel.removeAttribute("aria-busy");
    running = false;
  }

  async function read(text) {
    const before = snapshot(form());
    const data = fieldsOf(form());
    data.set("scan", text);
    data.set("read", "1");
    let answer;
    try {
      answer = await post(data);
    } catch {
      readOffline(text);
      return;
    }
    if (answer.status === 401) return giveBack(text, common.signed_out);
    if (!answer.fragment) return giveBack(text, words.unread);
    const next = swap(answer.fragment, before);
    const failed = next.querySelector(".scan-words .notice-late");
    if (failed) giveBack(text);
    else if (next.dataset.saves !== undefined && !queue.length) next.requestSubmit(next.querySelector("button[name=then]"));
    else if (!queue.length) placeCursor(next.dataset.cursor);
  }

  function giveBack(text, said) {
    if (said) announce(said, "late");
    // Selected, so that the next scan overwrites what could not be read.
    if (!box.value) box.value = text;
    box.focus();
    box.select();
  }

  function placeCursor(id) {
    // Never away from under somebody's hands: the next scan may be running in already.
    if (box.value || performance.now() - typedAt < RESTS && document.activeElement === box && performance.now() - takenAt > RESTS) return;
    const field = id ? document.getElementById(id) : null;
    field?.closest("details")?.setAttribute("open", "");
    (field || box).focus({ preventScroll: !field });
  }

  // Without a line a citizen card can still be read here: its fields stand between bars.
  function readOffline(text) {
    const [number, , name, born, sex, address] = text.replace(/[｜¦│]/g, "|").normalize("NFC").split("|").map((part) => part.trim());
    if (bars(text) < 6 || !/^\d{12}$/.test(number)) return giveBack(text, words.offline_lines);
    if (rows().some((row) => inRow(row, "document_number").value === number)) return;
    const row = rows().find(isEmptyRow) ?? addRow();
    const day = /^(\d\d)(\d\d)(\d{4})$/.exec(born);
    const said = { full_name: name, document_number: number, address, date_of_birth: day ? (day[1] === "00" ? day[3] : day.slice(1).join("/")) : "" };
    for (const [key, value] of Object.entries(said)) inRow(row, key).value = value;
    const code = /^nam$/i.test(sex) ? "M" : /^n[uữ]/i.test(sex) ? "F" : null;
    const tick = code && row.querySelector(`[name$="-sex"][value="${code}"]`);
    if (tick) tick.checked = true;
    announce(words.offline_read);
    placeCursor("");
  }

  function enter(event) {
    const text = box.value;
    if (event.isComposing || event.shiftKey || isUnfinished(text)) return; // A further line follows.
    event.preventDefault();
    box.value = "";
    if (text.trim()) take(text);
    else if (!running && performance.now() - takenAt > SAME_MOMENT) form().requestSubmit(form().querySelector("button[name=then]"));
  }

  box.addEventListener("keydown", (event) => {
    typedAt = performance.now();
    if (event.key === "Enter") enter(event);
  });
  box.addEventListener("paste", () => setTimeout(() => {
    if (!isWhole(box.value)) return;
    const text = box.value;
    box.value = "";
    take(text);
  }));
  panel.querySelector("button[name=read]").addEventListener("click", (event) => {
    event.preventDefault();
    const text = box.value;
    if (text.trim()) box.value = "";
    take(text);
  });

  // A scanner types wherever the cursor is: what it left in another field is moved to where it belongs.
  const typed = { field: null, before: "" };
  document.addEventListener("focusin", ({ target }) => Object.assign(typed, { field: target, before: target.value ?? "" }));
  document.addEventListener("keydown", (event) => {
    const field = event.target;
    if (event.key === "Enter" && field !== box && field.form === form() && /^(text|tel)$/.test(field.type)) strayScan(event, field);
    else if (event.key.length === 1 && field === document.body && !event.ctrlKey && !event.metaKey && !event.altKey) box.focus();
  }, true);

  function strayScan(event, field) {
    const text = typed.field === field && field.value.startsWith(typed.before) ? field.value.slice(typed.before.length) : field.value;
    if (bars(text) < 6 && !isUnfinished(text) && !isWhole(text)) return;
    event.preventDefault();
    field.value = typed.field === field ? typed.before : "";
    if (isUnfinished(text)) {
      box.value = `${text}\n`;
      box.focus();
    } else take(text);
  }

  // A number that was typed may be that of a guest whom the house remembers.
  document.addEventListener("change", async ({ target }) => {
    const row = target.name?.match(/^guests-(\d+)-document_number$/);
    if (!row || !target.value.trim() || !navigator.onLine) return;
    const before = snapshot(form());
    const data = fieldsOf(form());
    data.delete("scan");
    data.set("look", row[1]);
    const answer = await post(data).catch(() => null);
    const offer = answer?.fragment?.querySelector(`#remembered-${row[1]}`);
    if (!offer || form().querySelector(`#remembered-${row[1]}`)) return;
    const next = swap(answer.fragment, before);
    next.querySelector(`#remembered-${row[1]} button`)?.focus();
  });

  const camera = panel.querySelector("[data-camera]");
  camera.hidden = false;
  camera.addEventListener("click", () => import("./camera.js").then((module) => module.open(panel, words, take)));
  if (matchMedia("(hover: hover) and (pointer: fine)").matches && (document.activeElement === document.body || location.hash === "#scan")) box.focus({ preventScroll: true });
}
