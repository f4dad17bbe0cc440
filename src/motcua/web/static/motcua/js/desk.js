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
