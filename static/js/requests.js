// Requests of forms and of htmx: the token, busy states after 400 ms, failures in words, focus.

const BUSY_AFTER = 400;
const FORGET_AFTER = 15000;

export const texts = JSON.parse(document.getElementById("texts")?.textContent || "{}");

export function announce(message, kind) {
  document.querySelector(".toast")?.remove();
  const toast = Object.assign(document.createElement("div"), { className: "toast" });
  toast.setAttribute("role", kind === "late" ? "alert" : "status");
  document.body.append(toast);
  // The region must exist before its text does, or it is not read out.
  requestAnimationFrame(() => { toast.textContent = message; });
  setTimeout(() => toast.remove(), kind === "late" ? 10000 : 4000);
}

function busyLater(element) {
  return element && setTimeout(() => element.setAttribute("aria-busy", "true"), BUSY_AFTER);
}

function busyNoMore(element, timer) {
  clearTimeout(timer);
  element?.removeAttribute("aria-busy");
}

const REASONS = { 400: "gone", 401: "signed_out", 403: "forbidden", 404: "gone", 413: "failed", 429: "slow_down" };

function plainForms() {
  const sending = new Map();
  document.addEventListener("submit", (event) => {
    if (event.defaultPrevented || event.target.method === "dialog") return;
    const button = event.submitter;
    const downloads = event.target.dataset.download !== undefined;
    // Beside a download's button the form's other buttons stay usable: they do something else.
    const key = downloads ? button ?? event.target : event.target;
    if (sending.has(key)) {
      event.preventDefault(); // A second click must not send twice.
      return;
    }
    const timer = busyLater(button);
    const done = () => {
      sending.delete(key);
      busyNoMore(button, timer);
    };
    sending.set(key, done);
    // A download leaves the page where it is, so the state ends by itself.
    setTimeout(done, downloads ? 2000 : FORGET_AFTER);
  });
  window.addEventListener("pageshow", () => sending.forEach((done) => done()));
}

function addToken({ detail: { ctx } }) {
  const token = document.querySelector('meta[name="csrf-token"]')?.content;
  const own = new URL(ctx.request.action, location.href).origin === location.origin;
  if (token && own && ctx.request.method !== "GET") ctx.request.headers["X-CSRFToken"] = token;
}

function busyHtmx() {
  const running = new WeakMap();
  document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
    const source = ctx.request.submitter ?? ctx.sourceElement;
    const element = source?.matches?.("button") ? source : ctx.target;
    running.set(ctx, [element, busyLater(element)]);
  });
  document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
    const [element, timer] = running.get(ctx) ?? [];
    busyNoMore(element, timer);
  });
}

function tellFailures() {
  document.addEventListener("htmx:response:error", ({ detail: { ctx } }) => {
    const { status, headers } = ctx.response;
    if (status === 409 || status === 422) return; // Their form comes back with the words in it.
    if (headers.get("HX-Redirect")) return;
    announce(texts[REASONS[status] ?? "failed"], "late");
  });
  document.addEventListener("htmx:error", () => announce(texts.offline, "late"));
}

function keepFocus(focusSummary) {
  const within = new WeakSet();
  document.addEventListener("htmx:before:swap", ({ detail: { ctx } }) => {
    const active = document.activeElement;
    if (ctx.target?.contains(active) || ctx.sourceElement?.contains?.(active)) within.add(ctx);
  });
  document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
    const target = document.getElementById(ctx.target?.id) ?? ctx.target;
    if (!target?.isConnected) return;
    if (ctx.response?.status >= 400 && focusSummary(target)) return;
    // What had the focus is gone: stay near it instead of falling back to the page's top.
    if (within.has(ctx) && document.activeElement === document.body) {
      if (!target.hasAttribute("tabindex")) target.setAttribute("tabindex", "-1");
      target.focus({ preventScroll: true });
    }
  });
}

export function listenToRequests(focusSummary) {
  plainForms();
  busyHtmx();
  tellFailures();
  keepFocus(focusSummary);
  document.addEventListener("htmx:config:request", addToken);
}
