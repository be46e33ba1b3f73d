// One guest in a form: the type of document follows the nationality, as the server also has it.
//
// data-module="guest" around the fields whose names end in nationality and document_type. A foreigner
// has a passport; a Vietnamese guest a citizen's card again, unless somebody chose the type themselves.

const HOME = "VNM";
const CARD = "citizen_id";
const PASSPORT = "passport";
const ABROAD = new Set([PASSPORT, "other"]);

export function mount(element) {
  const nationality = element.querySelector('[name$="nationality"]');
  const type = element.querySelector('[name$="document_type"]');
  if (!nationality || !type) return;
  let switched = false;
  type.addEventListener("change", () => { switched = false; });
  nationality.addEventListener("change", () => {
    if (nationality.value !== HOME && !ABROAD.has(type.value)) {
      type.value = PASSPORT;
      switched = true;
    } else if (nationality.value === HOME && switched) {
      type.value = CARD;
      switched = false;
    }
  });
}
