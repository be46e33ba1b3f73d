// A list of guests: a scanner types a document and ends it with Enter, so Enter sends what is whole.
//
// data-module="group" around the field #intake and the rows #group-rows. A citizen card's QR text is one
// line; machine-readable lines are sent when the last of them is there. What was pasted keeps its lines:
// there Ctrl+Enter sends. [data-camera] reads one card after the other into it. After a swap the first wrong field of the open row has the focus.

const CARD_SIGNS = 6;
const WHOLE = [[90, 3], [72, 2], [88, 2]];

function isWhole(text) {
  const lines = text.split("\n").map((line) => line.trim()).filter(Boolean);
  if (!lines.length) return false;
  if (lines.length === 1 && (lines[0].match(/\|/g) || []).length >= CARD_SIGNS) return true;
  const packed = lines.join("").replaceAll(" ", "");
  return packed.includes("<") && WHOLE.some(([length, count]) => packed.length === length && lines.length === count);
}

function focusOpenRow() {
  const form = document.querySelector(".group-row-form");
  if (!form) return;
  const wrong = form.querySelector('[aria-invalid="true"], .field-invalid input');
  const empty = [...form.querySelectorAll("input.input, input[type=text], input:not([type])")].find((input) => !input.value);
  (wrong ?? empty ?? form.querySelector("input:not([type=hidden])"))?.focus();
}

// Each card held before the camera becomes a line of the field; all of them are sent together.
function offerCamera(element, intake) {
  const button = element.querySelector("[data-camera]");
  if (!button || !intake) return;
  const words = JSON.parse(document.getElementById("scan-texts").textContent);
  const status = element.querySelector(".camera-words");
  let taken = 0;
  const take = (text) => {
    const line = text.trim();
    const lines = intake.value.split("\n").map((one) => one.trim()).filter(Boolean);
    if (lines.includes(line)) {
      status.textContent = words.again;
      return;
    }
    intake.value = [...lines, line].join("\n");
    taken += 1;
    status.textContent = words.taken.replace("{n}", taken);
  };
  button.hidden = false;
  button.addEventListener("click", () => import("./camera.js").then((module) => module.open(element, words, take)));
}

export function mount(element) {
  const intake = element.querySelector("#intake");
  offerCamera(element, intake);
  intake?.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    if (event.ctrlKey || event.metaKey || isWhole(intake.value)) {
      event.preventDefault();
      intake.form.requestSubmit();
    }
  });
  document.addEventListener("htmx:after:swap", focusOpenRow);
  focusOpenRow();
}
