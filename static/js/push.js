// Lets this browser be told: asks, subscribes, and sends the form with the subscription in it.

function bytes(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

async function subscribe(key) {
  if (await Notification.requestPermission() !== "granted") return null;
  await navigator.serviceWorker.register("/push-worker.js");
  const ready = await navigator.serviceWorker.ready;
  const options = { userVisibleOnly: true, applicationServerKey: bytes(key) };
  try {
    return await ready.pushManager.subscribe(options);
  } catch {
    // Subscribed with an earlier key of ours: begin anew.
    const old = await ready.pushManager.getSubscription();
    await old?.unsubscribe();
    return ready.pushManager.subscribe(options);
  }
}

export function mount(element) {
  const form = document.getElementById(element.dataset.form);
  if (!form || !("serviceWorker" in navigator) || !("PushManager" in window) || !("Notification" in window)) return;
  element.hidden = false;
  const button = element.querySelector("[data-push]");
  const refused = element.querySelector("[data-refused]");
  button.addEventListener("click", async () => {
    button.disabled = true;
    refused.hidden = true;
    const found = await subscribe(element.dataset.key).catch(() => null);
    button.disabled = false;
    refused.hidden = Boolean(found);
    if (!found) return;
    form.elements.subscription.value = JSON.stringify(found);
    form.requestSubmit();
  });
}
