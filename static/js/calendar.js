// The availability calendar: choose nights of one room type, say a number once, save.
//
// <div data-module="calendar" data-form="ID"> around the table; each <tr data-room-type="7" data-name="…">
// has cells <td data-night="2026-12-24" data-vacant="3" data-price="900000"><a id="…" href="…edit form…">3</a>
// </td>, where vacant and price may be absent. Without this module a
// cell is a link to the form. With it arrows move, Shift+arrows, Shift+click and dragging choose a range,
// a digit goes to the number field, Enter sends the form, Escape lets go. The form marks its fields:
// data-fill="room_type", "from", "to" (the night after the last one), "rooms", "price", and data-selection for words.

import { texts } from "./requests.js";

let remembered; // The chosen cell's id, so that a swapped calendar keeps the place.

const MOVES = {
  ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0],
  PageUp: [0, -7], PageDown: [0, 7], Home: [0, -Infinity], End: [0, Infinity],
};

class Calendar {
  constructor(element) {
    this.element = element;
    this.form = document.getElementById(element.dataset.form);
    this.rows = [...element.querySelectorAll("tr[data-room-type]")].map((row) => ({
      row, cells: [...row.querySelectorAll("td[data-night]")],
    }));
    this.anchor = this.head = null;
    const links = this.cells().map((cell) => cell.querySelector("a")).filter(Boolean);
    links.forEach((link, at) => { link.tabIndex = at === 0 ? 0 : -1; });
    element.addEventListener("keydown", (event) => this.press(event));
    element.addEventListener("pointerdown", (event) => this.pointer(event));
    element.addEventListener("pointerover", (event) => this.drag(event));
    element.addEventListener("click", (event) => this.click(event));
    const again = remembered && element.querySelector(`#${CSS.escape(remembered)}`);
    if (again && document.activeElement === document.body) again.focus();
  }

  cells() { return this.rows.flatMap(({ cells }) => cells); }

  place(cell) {
    const row = this.rows.findIndex(({ cells }) => cells.includes(cell));
    return { row, column: this.rows[row]?.cells.indexOf(cell) };
  }

  cellAt(target) {
    const cell = target.closest?.("td[data-night]");
    return cell && this.element.contains(cell) && cell.querySelector("a") ? cell : null;
  }

  choose(cell, extend = false) {
    const to = this.place(cell);
    const sameRow = this.anchor && this.place(this.anchor).row === to.row;
    if (!extend || !sameRow) this.anchor = cell;
    this.head = cell;
    const from = this.place(this.anchor);
    const [first, last] = [from.column, to.column].sort((a, b) => a - b);
    this.picked = this.rows[to.row].cells.slice(first, last + 1);
    for (const each of this.cells()) {
      const on = this.picked.includes(each);
      each.classList.toggle("is-chosen", on);
      each.toggleAttribute("aria-selected", on);
      if (on) each.setAttribute("aria-selected", "true");
    }
    this.focus(cell);
    this.fill();
  }

  focus(cell) {
    for (const link of this.element.querySelectorAll('td[data-night] a[tabindex="0"]')) link.tabIndex = -1;
    const link = cell.querySelector("a");
    link.tabIndex = 0;
    link.focus({ preventScroll: true });
    // The first column stays in place, so a cell under it counts as hidden.
    cell.scrollIntoView({ block: "nearest", inline: "nearest" });
    remembered = link.id;
  }

  letGo() {
    this.picked = [];
    for (const each of this.element.querySelectorAll(".is-chosen")) {
      each.classList.remove("is-chosen");
      each.removeAttribute("aria-selected");
    }
    this.anchor = this.head;
  }

  field(name) { return this.form?.querySelector(`[data-fill="${name}"]`); }

  fill() {
    if (!this.form || !this.picked?.length) return;
    const { row } = this.rows[this.place(this.head).row];
    const last = new Date(`${this.picked.at(-1).dataset.night}T00:00:00Z`);
    last.setUTCDate(last.getUTCDate() + 1);
    const values = { room_type: row.dataset.roomType, from: this.picked[0].dataset.night, to: last.toISOString().slice(0, 10) };
    for (const [name, value] of Object.entries(values)) {
      if (this.field(name)) this.field(name).value = value;
    }
    for (const [name, key] of [["rooms", "vacant"], ["price", "price"]]) {
      // What the chosen nights have in common, else nothing: a left-over number would be saved for all.
      const known = new Set(this.picked.map((cell) => cell.dataset[key] ?? ""));
      if (this.field(name)) this.field(name).value = known.size === 1 ? [...known][0] : "";
    }
    const words = this.form.querySelector("[data-selection]");
    if (words) words.textContent = `${row.dataset.name ?? ""}: ${this.picked.length} ${texts.nights_chosen[this.picked.length === 1 ? 0 : 1]}`;
    this.form.classList.add("is-filled");
  }

  type(text) {
    const rooms = this.field("rooms");
    if (!rooms) return;
    if (!this.picked?.length) this.choose(this.head ?? this.cellAt(document.activeElement));
    rooms.value = text;
    rooms.focus();
  }

  press(event) {
    const cell = this.cellAt(event.target);
    if (!cell || event.ctrlKey || event.metaKey || event.altKey) return;
    const move = MOVES[event.key];
    if (move) {
      event.preventDefault();
      this.step(cell, move, event.shiftKey);
    } else if (/^\d$/.test(event.key)) {
      event.preventDefault();
      this.type(event.key);
    } else if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      this.choose(cell, event.shiftKey);
      this.field("rooms")?.select();
    } else if (event.key === "Escape") {
      this.letGo();
    }
  }

  step(cell, [down, right], extend) {
    const from = this.place(cell);
    const clamp = (value, most) => Math.max(0, Math.min(most, value));
    const { cells } = this.rows[extend ? from.row : clamp(from.row + down, this.rows.length - 1)];
    const next = cells[clamp(from.column + right, cells.length - 1)];
    if (next?.querySelector("a")) this.choose(next, extend);
  }

  pointer(event) {
    const cell = this.cellAt(event.target);
    if (!cell || event.button !== 0 || event.pointerType !== "mouse") return;
    event.preventDefault(); // Else the browser would drag the link away.
    this.dragging = true;
    this.choose(cell, event.shiftKey);
    document.addEventListener("pointerup", () => { this.dragging = false; }, { once: true });
  }

  drag(event) {
    const cell = this.dragging && this.cellAt(event.target);
    if (cell && this.place(cell).row === this.place(this.anchor).row) this.choose(cell, true);
  }

  click(event) {
    const cell = this.cellAt(event.target);
    if (!cell || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    if (event.detail === 0) return; // The keyboard's click: handled by press().
    // A finger's second tap in the row extends what its first one began.
    const touch = event.pointerType === "touch" || event.pointerType === "pen";
    if (touch) this.choose(cell, Boolean(this.picked?.length === 1 && this.picked[0] !== cell));
    if (!event.shiftKey && this.picked?.length === 1 && !touch) this.field("rooms")?.select();
  }
}

export function mount(element) {
  new Calendar(element);
}
