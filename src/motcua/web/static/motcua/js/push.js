/* Letting this browser be woken: only where it can be, only when its owner presses. */
const box = document.querySelector("[data-push]");
const able = box && isSecureContext && "serviceWorker" in navigator && "PushManager" in window;
const english = document.documentElement.lang === "en";
const FORBIDDEN = english
  ? "This browser blocks notices from us; you can allow them in its settings. Nothing else changes: messages still come as chosen above."
  : "Trình duyệt này đang chặn thông báo; anh/chị có thể bật lại trong cài đặt. Mọi thứ khác vẫn thế: tin nhắn vẫn đến như đã chọn ở trên.";
const UNDECIDED = english ? "Not allowed yet. Press again whenever you like." : "Chưa bật. Khi nào muốn, anh/chị bấm lại.";

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

async function tell(fields) {
  const form = box.querySelector("form"), body = new FormData(form);
  for (const [name, value] of Object.entries(fields)) body.set(name, value);
  const answer = await fetch(box.dataset.url, { method: "POST", body, credentials: "same-origin", headers: { "X-Requested-With": "fetch" } });
  say((await answer.json()).text);
  return answer.ok;
}

const say = (words) => { box.querySelector("[data-push-state]").textContent = words; };
const isForbidden = () => Notification.permission === "denied";

if (able && isForbidden() && !box.querySelector("[data-push-off]")) say(FORBIDDEN);
if (able) {
  const on = box.querySelector("[data-push-on]");
  on.hidden = isForbidden() || Boolean(box.querySelector("[data-push-off]"));
  on.addEventListener("click", async () => {
    on.disabled = true;
    try {
      const answer = await Notification.requestPermission();
      if (answer !== "granted") { on.hidden = answer === "denied"; say(answer === "denied" ? FORBIDDEN : UNDECIDED); return; }
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
