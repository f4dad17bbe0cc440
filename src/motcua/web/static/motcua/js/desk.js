/* The desk: ticking rows of a list. The lists work without it. */
const many = document.querySelector("[data-many]");
const ticks = [...document.querySelectorAll(".pick input[name]")];
const all = document.querySelector("[data-pick-all]");

function count() {
  const chosen = ticks.filter((tick) => tick.checked).length;
  if (!many) return;
  const text = many.querySelector("[data-many-count]");
  text.dataset.words ??= text.textContent;
  text.textContent = chosen ? `${text.dataset.words.replace(/:\s*$/, "")}: ${chosen}` : text.dataset.words;
  many.classList.toggle("idle", !chosen);
  if (all) {
    all.firstElementChild.checked = chosen === ticks.length;
    all.firstElementChild.indeterminate = chosen > 0 && chosen < ticks.length;
  }
}

if (many) {
  let last = null;
  all.hidden = false;
  all.firstElementChild.addEventListener("change", (event) => {
    for (const tick of ticks) tick.checked = event.target.checked;
    count();
  });
  for (const tick of ticks)
    tick.addEventListener("click", (event) => {
      if (event.shiftKey && last) {
        const [from, to] = [ticks.indexOf(last), ticks.indexOf(tick)].sort((a, b) => a - b);
        for (const between of ticks.slice(from, to + 1)) between.checked = tick.checked;
      }
      last = tick;
      count();
    });
  addEventListener("pageshow", count);
  count();
}

/* Keys. Everything they do can be done without them; single ones can be switched off. */
const root = document.documentElement;
const links = () => [...document.querySelectorAll("[data-rows] .row-link, .queue a")];

function step(by) {
  const rows = links();
  if (!rows.length) return;
  const row = document.activeElement?.closest("tr, li");
  const at = rows.findIndex((link) => link === document.activeElement || (row && row.contains(link)));
  const next = rows[at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + by))];
  next.focus();
  next.scrollIntoView({ block: "nearest" });
}

function go(selector, open) {
  const found = document.querySelector(selector);
  if (!found) return false;
  const details = found.closest("details");
  if (open && details) details.open = true;
  found.focus();
  found.scrollIntoView({ block: "nearest" });
  return true;
}

const KEYS = {
  j: () => step(1),
  k: () => step(-1),
  x: () => document.activeElement?.closest("tr")?.querySelector(".pick input")?.click(),
  m: () => go("[data-many] select"),
  n: () => document.querySelector(".pages [rel=next]")?.click(),
  a: () => go(".step .act[open] :is(input:not([type=hidden]), select, textarea, button)") || go(".step .act > summary"),
  d: () => go(".papers [data-paper]") || go(".papers .scroll"),
  t: () => go("#hoi-thoai textarea"),
  h: () => { const why = document.querySelector(".why"); if (why) { why.open = true; why.querySelector("summary").focus(); } },
  b: () => { if (document.querySelector(".case")) location.assign("/ban-viec/"); },
};
let gone = 0;
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");
  if (typing || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (root.dataset.keys === "off" || document.querySelector("dialog[open]")) return;
  if (Date.now() - gone < 2000 && /^[1-9]$/.test(event.key)) {
    document.querySelectorAll(".bar-nav a")[event.key - 1]?.click();
    gone = 0;
    return;
  }
  gone = event.key === "g" ? Date.now() : 0;
  if (Object.hasOwn(KEYS, event.key)) {
    event.preventDefault();
    KEYS[event.key]();
  }
});

/* "?" shows the keys over the page; the browser keeps the focus inside and gives it back. */
const opener = document.querySelector("[data-keys-dialog]");
opener?.addEventListener("click", async (event) => {
  if (event.ctrlKey || event.metaKey || document.querySelector("[data-keys-table]")) return;
  event.preventDefault();
  const answer = await fetch(opener.href, { headers: { "X-Requested-With": "fetch" } });
  const table = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-keys-table]");
  if (!table) { location.assign(opener.href); return; }
  const dialog = document.createElement("dialog");
  dialog.className = "keys-dialog";
  dialog.setAttribute("aria-label", opener.textContent.replace("?", "").trim());
  const close = document.createElement("form");
  close.method = "dialog";
  close.innerHTML = '<button class="button secondary small" autofocus>Esc</button>';
  dialog.append(close, table);
  dialog.addEventListener("click", (press) => { if (press.target === dialog) dialog.close(); });
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
});
for (const talk of document.querySelectorAll(".talk")) talk.scrollTop = talk.scrollHeight;
