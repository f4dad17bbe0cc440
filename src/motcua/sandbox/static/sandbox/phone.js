/* What comes in meanwhile is shown, the newest stays in sight, Enter sends. Without script the page is loaded again instead. */
const talk = document.querySelector("[data-talk]");
const down = () => { if (talk) talk.scrollTop = talk.scrollHeight; };

async function look() {
  if (document.hidden) return;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("[data-talk]");
    const count = (part) => part.querySelectorAll("li.msg").length;
    if (!fresh || (count(fresh) === count(talk) && fresh.textContent === talk.textContent)) return;
    talk.replaceChildren(...fresh.childNodes);
    down();
  } catch { /* the other side restarts: the next look will tell */ }
}

if (talk) {
  down();
  setInterval(look, 2000);
}
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || !event.target.matches("[data-enter]")) return;
  event.preventDefault();
  event.target.form.requestSubmit();
});
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-sends]") && event.target.files.length) event.target.form.requestSubmit();
});
