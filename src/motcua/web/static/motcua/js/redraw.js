/* A part of a page that moves on by itself is drawn again every few seconds; when the page has moved on to another state, all of
   it is. Without it the same stands there after a reload. */
const part = document.querySelector("[data-redraw]");

async function redraw() {
  if (document.hidden) return;
  const answer = await fetch(location.href, { credentials: "same-origin" }).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  const drawn = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-redraw]");
  if (drawn) part.replaceChildren(...drawn.childNodes);
  else location.reload();
}

if (part) setInterval(redraw, Number(part.dataset.redraw) * 1000);
