// Goes to the place the address names (#rooms) as soon as the page is read.
//
// Browsers do so only after all scripts have run: on a slow line the page would stand at its top
// meanwhile, and the next tap would be looked for there. Loaded with "async", so that nothing waits.

function land() {
  const [visit] = performance.getEntriesByType("navigation");
  // After a reload, and on the way back, the browser restores where the reader was.
  if (visit && visit.type !== "navigate") return;
  if (location.hash.length > 1 && scrollY === 0) document.getElementById(location.hash.slice(1))?.scrollIntoView();
}

if (document.readyState === "loading") document.addEventListener("readystatechange", land, { once: true });
else land();
