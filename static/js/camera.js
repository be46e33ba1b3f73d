// Reading a QR code with the camera, inside this browser: no picture is sent or kept.

import { prepareZXingModule, readBarcodes } from "../vendor/zxing/reader/index.js";

const EVERY = 120;
const WIDEST = 1280;
const AGAIN_AFTER = 4000;

const REASONS = { NotAllowedError: "refused", SecurityError: "refused", NotReadableError: "busy", AbortError: "busy" };

async function stream() {
  if (!navigator.mediaDevices?.getUserMedia) throw new DOMException("", window.isSecureContext ? "NotFoundError" : "UnsafeError");
  const video = { facingMode: { ideal: "environment" }, width: { ideal: 1920 }, height: { ideal: 1080 } };
  return navigator.mediaDevices.getUserMedia({ video, audio: false });
}

function picture(video, canvas) {
  const scale = Math.min(1, WIDEST / video.videoWidth);
  canvas.width = Math.round(video.videoWidth * scale);
  canvas.height = Math.round(video.videoHeight * scale);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(video, 0, 0, canvas.width, canvas.height);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

export async function textsIn(image) {
  const found = await readBarcodes(image, { formats: ["QRCode"], maxNumberOfSymbols: 1, textMode: "Plain", characterSet: "UTF8" });
  return found.filter((code) => code.isValid).map((code) => code.text);
}

export async function open(panel, words, take) {
  const place = panel.querySelector(".camera");
  const video = place.querySelector("video");
  const status = place.querySelector(".camera-words");
  const off = place.querySelector("[data-camera-off]");
  if (!place.hidden && video.srcObject) return;
  const say = (text) => { status.textContent = text; };
  place.hidden = false;
  video.hidden = true;
  say(words.reading);
  let source;
  try {
    source = await stream();
  } catch (error) {
    say(error.name === "UnsafeError" ? words.unsafe : words[REASONS[error.name]] ?? words.no_camera);
    off.onclick = () => { place.hidden = true; };
    return;
  }
  let running = true;
  const stop = () => {
    running = false;
    source.getTracks().forEach((track) => track.stop());
    video.srcObject = null;
    place.hidden = true;
  };
  off.onclick = stop;
  window.addEventListener("pagehide", stop, { once: true });
  video.srcObject = source;
  video.hidden = false;
  await video.play();
  say(words.looking);
  try {
    await prepareZXingModule({ overrides: { locateFile: () => panel.dataset.wasm }, fireImmediately: true });
  } catch {
    stop();
    place.hidden = false;
    return say(words.no_reader);
  }
  const canvas = document.createElement("canvas");
  let last = "";
  let seenAt = 0;
  while (running) {
    if (video.videoWidth) {
      const [text] = await textsIn(picture(video, canvas)).catch(() => []);
      // The same card stays in sight for a while: it is read once, until it has been away.
      if (text && running && (text !== last || performance.now() - seenAt > AGAIN_AFTER)) take(text);
      if (text) [last, seenAt] = [text, performance.now()];
    }
    await new Promise((resolve) => { setTimeout(resolve, EVERY); });
  }
}
