// The scan field of the tonight page: sends itself once a whole document has been scanned or pasted.

import { isUnfinished } from "./scan-text.js";

export function mount(form) {
  const box = form.querySelector("textarea");
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing || event.shiftKey || isUnfinished(box.value)) return;
    event.preventDefault();
    if (box.value.trim()) form.requestSubmit();
  });
  // A scanner types although nobody has put the cursor anywhere.
  document.addEventListener("keydown", (event) => {
    const isTyping = event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey;
    if (isTyping && event.target === document.body) box.focus();
  }, true);
}
