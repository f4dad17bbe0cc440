/* Papers beside the checklist: the picture larger, turned, moved. Without this each opens in a tab of its own. */
const viewer = document.querySelector("[data-viewer]");
const links = [...document.querySelectorAll("[data-paper]")];

if (viewer && links.length) {
  const image = viewer.querySelector("[data-viewer-image]"), box = viewer.querySelector(".viewer-box");
  const name = viewer.querySelector("[data-viewer-name]"), open = viewer.querySelector("[data-viewer-open]");
  let zoom = 1, turn = 0;

  const draw = () => {
    image.className = `turn-${turn}`;
    image.width = Math.round(box.clientWidth * zoom);
  };
  const show = (link) => {
    for (const other of links) other.toggleAttribute("aria-current", other === link);
    [zoom, turn] = [1, 0];
    name.textContent = link.dataset.paper || link.textContent.trim();
    image.alt = name.textContent;
    image.src = open.href = link.href;
    viewer.hidden = false;
    viewer.parentElement.classList.add("seen");
    draw();
  };
  const act = {
    in: () => { zoom = Math.min(6, zoom * 1.35); },
    out: () => { zoom = Math.max(0.5, zoom / 1.35); },
    turn: () => { turn = (turn + 90) % 360; },
  };
  const run = (what) => { act[what](); draw(); };

  for (const link of links)
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || innerWidth < 900) return;
      event.preventDefault();
      show(link);
    });
  for (const button of viewer.querySelectorAll("[data-viewer-do]"))
    button.addEventListener("click", () => run(button.dataset.viewerDo));
  box.addEventListener("keydown", (event) => {
    const what = { "+": "in", "=": "in", "-": "out", r: "turn" }[event.key];
    if (!what || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    run(what);
  });
  let from = null;
  box.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "mouse") return;
    from = [event.clientX + box.scrollLeft, event.clientY + box.scrollTop];
    event.preventDefault();
    box.focus({ preventScroll: true });
  });
  addEventListener("pointermove", (event) => {
    if (from) box.scrollTo(from[0] - event.clientX, from[1] - event.clientY);
  });
  addEventListener("pointerup", () => { from = null; });
  addEventListener("resize", draw);
  if (innerWidth >= 1200) show(links[0]);
}
