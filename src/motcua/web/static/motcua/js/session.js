/* Warns ten minutes before what this browser may see ends, and makes it longer without leaving the page. */
const dialog = document.querySelector("[data-session]"), form = document.querySelector("[data-stay]");
const WARN = 600e3;
const until = () => 1000 * Number(/(?:^|; )mc_until=(\d+)/.exec(document.cookie)?.[1] ?? 0);
let refused = 0;

function look() {
  const end = until(), left = end - Date.now();
  if (end && left < WARN && left > 0 && refused !== end && !dialog.open) dialog.showModal();
  if (dialog.open && (left <= 0 || left > WARN)) dialog.close(); // over, or made longer in another tab
}

async function stay() {
  try {
    await fetch(form.action, { method: "POST", body: new FormData(form), credentials: "same-origin", headers: { "X-Requested-With": "fetch" } });
    dialog.close();
  } catch { /* no network: the dialog stays, so that it can be pressed again */ }
}

dialog.querySelector("[data-session-stay]").addEventListener("click", stay);
// Escape puts the warning away and takes nothing from whoever is there to press it
dialog.addEventListener("cancel", (event) => { event.preventDefault(); stay(); });
dialog.querySelector("[data-session-leave]").addEventListener("click", () => { refused = until(); dialog.close(); });
setInterval(look, 5000);
look();
