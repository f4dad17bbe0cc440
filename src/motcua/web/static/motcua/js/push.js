/* Letting this browser be woken: only where it can be, only when its owner presses. */
const box = document.querySelector("[data-push]");
const able = box && isSecureContext && "serviceWorker" in navigator && "PushManager" in window && Notification.permission !== "denied";

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

async function tell(fields) {
  const form = box.querySelector("form"), body = new FormData(form);
  for (const [name, value] of Object.entries(fields)) body.set(name, value);
  const answer = await fetch(box.dataset.url, { method: "POST", body, credentials: "same-origin", headers: { "X-Requested-With": "fetch" } });
  box.querySelector("[data-push-state]").textContent = (await answer.json()).text;
  return answer.ok;
}

if (able) {
  const on = box.querySelector("[data-push-on]");
  on.hidden = Boolean(box.querySelector("[data-push-off]"));
  on.addEventListener("click", async () => {
    on.disabled = true;
    try {
      if ((await Notification.requestPermission()) !== "granted") return;
      const worker = await navigator.serviceWorker.ready;
      const found = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(box.dataset.key) });
      on.hidden = await tell({ endpoint: found.endpoint, p256dh: text(found.getKey("p256dh")), auth: text(found.getKey("auth")) });
    } catch {
      await tell({ endpoint: "-" }).catch(() => {});
    } finally {
      on.disabled = false;
    }
  });
  box.querySelector("[data-push-off]")?.addEventListener("click", async () => {
    const worker = await navigator.serviceWorker.getRegistration();
    (await worker?.pushManager.getSubscription())?.unsubscribe();
  });
}
