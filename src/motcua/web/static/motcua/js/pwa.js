/* The site as an app: the service worker, and copies of follow pages that the reader asked to keep on this device. */
const KEPT = "motcua-kept", LIST = "motcua-kept-requests", MONTH = 30 * 86400e3;
const english = document.documentElement.lang === "en";
const list = () => { try { return JSON.parse(localStorage.getItem(LIST)) ?? []; } catch { return []; } };
const save = (rows) => { try { localStorage.setItem(LIST, JSON.stringify(rows)); } catch { /* full or forbidden */ } };
const able = "serviceWorker" in navigator && isSecureContext;

if (able) addEventListener("load", () => navigator.serviceWorker.register("/sw.js", { scope: "/" }).catch(() => {}));

async function drop(path) {
  save(list().filter((row) => row.path !== path));
  await (await caches.open(KEPT)).delete(path);
}
if (able) for (const row of list()) if (Date.now() - row.at > MONTH) drop(row.path);

for (const box of document.querySelectorAll("[data-offline-copy]")) {
  if (!able) continue;
  const path = location.pathname, keep = box.querySelector("[data-keep-copy]"), gone = box.querySelector("[data-drop-copy]"), state = box.querySelector("[data-copy-state]");
  const show = () => { const has = list().some((row) => row.path === path); gone.hidden = !has; };
  const take = async () => {
    const response = await fetch(location.href, { credentials: "same-origin" });
    if (!response.ok || response.redirected) return false;
    await (await caches.open(KEPT)).put(path, response);
    const { number, title, step } = box.dataset;
    save([{ path, number, title, step, at: Date.now() }, ...list().filter((row) => row.path !== path)].slice(0, 10));
    return true;
  };
  keep.addEventListener("click", async () => {
    const done = await take().catch(() => false);
    state.textContent = done ? (english ? "Kept on this device." : "Đã giữ trên máy này.") : (english ? "Could not be kept." : "Chưa giữ được.");
    show();
  });
  gone.addEventListener("click", async () => { await drop(path); state.textContent = english ? "Removed." : "Đã xóa."; show(); });
  if (navigator.onLine && list().some((row) => row.path === path)) take().catch(() => {}); // the kept copy follows the page
  box.hidden = false;
  show();
}

// In the installed app, which is somebody's own, the open requests of My page are kept without being asked for.
if (able && matchMedia("(display-mode: standalone)").matches)
  for (const row of document.querySelectorAll("[data-open-request]")) {
    const path = row.dataset.openRequest, { number, title, step } = row.dataset;
    fetch(path, { credentials: "same-origin" }).then(async (response) => {
      if (!response.ok || response.redirected) return;
      await (await caches.open(KEPT)).put(path, response);
      save([{ path, number, title, step, at: Date.now() }, ...list().filter((kept) => kept.path !== path)].slice(0, 10));
    }).catch(() => {});
  }
if (able) document.querySelector("[data-forget-kept]")?.addEventListener("submit", () => { save([]); caches.delete(KEPT); });

const section = document.querySelector("[data-kept-requests]");
if (section) {
  for (const row of list()) {
    const item = document.createElement("li"), link = document.createElement("a");
    link.href = row.path;
    link.textContent = [row.number, row.title, row.step].filter(Boolean).join(" · ");
    item.append(link);
    section.querySelector("[data-kept-list]").append(item);
    section.hidden = false;
  }
  section.querySelector("[data-forget-all]").addEventListener("click", async () => { for (const row of list()) await drop(row.path); section.hidden = true; });
}
for (const button of document.querySelectorAll("[data-retry]")) button.addEventListener("click", (event) => { event.preventDefault(); location.reload(); });
