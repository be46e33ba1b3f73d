// What a scanner sent so far: a citizen card's fields between bars, or the lines of a document.

const LINE = /^[A-Z0-9<«‹]{20,}$/i;
export const bars = (text) => text.replace(/[｜¦│]/g, "|").split("|").length - 1;
const lines = (text) => text.split(/\n/).map((line) => line.replace(/\s/g, "")).filter(Boolean);

// Whether lines of a document are still to come: a scanner sends each with its own Enter.
export function isUnfinished(text) {
  const found = lines(text);
  if (bars(text) || !found.length || !found.every((line) => LINE.test(line))) return false;
  const needed = found[0].length <= 32 && /^[IAC]/i.test(found[0]) ? 3 : 2;
  return found.length < needed && found.join("").length < 72;
}

// Whether a text that just stands there, pasted, is a whole document.
export function isWhole(text) {
  if (bars(text) >= 6) return /^[^|]*(\|[^|]*){5}\|\s*\d{8}/.test(text.replace(/[｜¦│]/g, "|"));
  const found = lines(text);
  if (found.length < 2 || !found.every((line) => LINE.test(line))) return false;
  return !isUnfinished(text) && found.at(-1).length >= 28;
}
