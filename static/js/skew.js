// Says when this device's clock and the server's differ by more than two minutes: limits are the server's.
//
// data-now="…"               the server's time as it sent the page; the element is hidden until it is needed

const TOLERATED = 2 * 60 * 1000;

export function mount(element) {
  const sent = Date.parse(element.dataset.now);
  // How long the page was on its way, or lay in a cache, does not count as a wrong clock.
  const [navigation] = performance.getEntriesByType("navigation");
  const received = navigation ? performance.timeOrigin + navigation.responseStart : Date.now();
  if (Number.isFinite(sent) && Math.abs(received - sent) > TOLERATED) element.hidden = false;
}
