/* Small comforts of every page: theme and text size at once, menus that close, no double sending, copying, printing. */
const root = document.documentElement;
root.classList.add("js");
const YEAR = 31536000;

function remember(name, value) {
  const secure = location.protocol === "https:" ? ";secure" : "";
  document.cookie = `${name}=${value};path=/;max-age=${YEAR};samesite=lax${secure}`;
}

document.addEventListener("submit", (event) => {
  const form = event.target, button = event.submitter;
  if (form.matches("[data-look]") && button && (button.name === "theme" || button.name === "text")) {
    event.preventDefault();
    const standard = button.name === "theme" ? "auto" : "normal";
    if (button.value === standard) delete root.dataset[button.name];
    else root.dataset[button.name] = button.value;
    remember(button.name === "theme" ? "mc_theme" : "mc_text", button.value);
    for (const other of document.querySelectorAll(`[data-look] [name=${button.name}]`))
      other.setAttribute("aria-pressed", String(other.value === button.value));
    return;
  }
  if (form.method !== "post" || form.matches("[data-chat-form]") || button?.dataset.once === "no") return;
  if (form.dataset.sending && Date.now() - Number(form.dataset.sending) < 8000) {
    event.preventDefault(); // the first press is on its way
    return;
  }
  setTimeout(() => { if (!event.defaultPrevented) form.dataset.sending = Date.now(); });
});
addEventListener("pageshow", () => document.querySelectorAll("[data-sending]").forEach((form) => delete form.dataset.sending));

document.addEventListener("click", async (event) => {
  for (const menu of document.querySelectorAll("details[data-menu][open]"))
    if (!menu.contains(event.target)) menu.open = false;
  const copy = event.target.closest("[data-copy]");
  if (copy) {
    await navigator.clipboard.writeText(copy.dataset.copy);
    copy.classList.add("done");
    copy.textContent = "✓ " + copy.textContent.replace(/^✓ /, "");
  }
  if (event.target.closest("[data-print]")) print();
});
if (navigator.clipboard) for (const button of document.querySelectorAll("[data-copy]")) button.hidden = false;
for (const button of document.querySelectorAll("[data-print]")) button.hidden = false;

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape")
    for (const menu of document.querySelectorAll("details[data-menu][open]")) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (typing || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (root.dataset.keys === "off" || document.querySelector("dialog[open]")) return;
  const target = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (target) {
    event.preventDefault();
    if (target.matches("input, textarea, select")) target.focus();
    else target.click();
  }
});
