// Shows what the register sends to this browser; opens the search when it is pressed. Keeps nothing.

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("push", (event) => {
  let said;
  try {
    said = event.data.json();
  } catch {
    return;
  }
  const actions = said.stop ? [{ action: "stop", title: said.stop_label }] : [];
  event.waitUntil(self.registration.showNotification(String(said.title), {
    body: String(said.body ?? ""), tag: said.tag, icon: "/static/logo.svg", data: { url: said.url, stop: said.stop }, actions,
  }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const { url, stop } = event.notification.data ?? {};
  const target = new URL((event.action === "stop" ? stop : url) ?? "/", self.location.origin);
  // Only ever a page of our own, whatever the message said.
  event.waitUntil(self.clients.openWindow(target.origin === self.location.origin ? target.href : "/"));
});
