// Asks before what cannot be undone, in a native dialog, for plain buttons, links and htmx alike.

import { texts } from "./requests.js";

const confirmed = new WeakSet();

function dialogFor(source) {
  const dialog = document.createElement("dialog");
  dialog.className = "dialog";
  const form = Object.assign(document.createElement("form"), { method: "dialog", className: "form-actions" });
  const question = Object.assign(document.createElement("p"), { id: "confirm-question" });
  question.textContent = source.dataset.confirm;
  dialog.setAttribute("aria-labelledby", question.id);
  const no = Object.assign(document.createElement("button"), { className: "button button-secondary", value: "no" });
  no.textContent = texts.no;
  const yes = Object.assign(document.createElement("button"), { value: "yes" });
  yes.className = source.classList.contains("button-danger") ? "button button-danger" : "button button-primary";
  yes.textContent = source.dataset.confirmYes || texts.yes;
  form.append(no, yes);
  dialog.append(question, form);
  return dialog;
}

function ask(source) {
  const dialog = dialogFor(source);
  dialog.addEventListener("close", () => {
    dialog.remove();
    source.focus();
    if (dialog.returnValue !== "yes") return;
    confirmed.add(source);
    source.click();
  });
  document.body.append(dialog);
  dialog.showModal();
}

export function confirmFirst() {
  // In the capture phase, so that neither htmx nor the form sees the click before the answer.
  document.addEventListener("click", (event) => {
    const source = event.target.closest?.("[data-confirm]");
    if (!source || confirmed.delete(source)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    ask(source);
  }, true);
}
