/* A pad to sign on; what stands beside it (typed name and tick) is enough by itself. Posts the strokes
   ([[x, y, ms], ...] on a 640 x 240 pad) and a PNG. */
for (const box of document.querySelectorAll("[data-signature]")) {
  const pad = box.querySelector("[data-pad]"), canvas = pad.querySelector("canvas"), ink = canvas.getContext("2d");
  const strokesField = box.querySelector("[data-strokes]"), pngField = box.querySelector("[data-png]");
  let strokes = [], stroke = null, start = 0;
  pad.hidden = false;
  box.querySelector("[data-or]").hidden = false;
  Object.assign(ink, { lineWidth: 3, lineCap: "round", lineJoin: "round", strokeStyle: "#101a3a" });

  const point = (event) => {
    const area = canvas.getBoundingClientRect();
    return [
      Math.round(((event.clientX - area.left) / area.width) * canvas.width),
      Math.round(((event.clientY - area.top) / area.height) * canvas.height),
      Math.round(event.timeStamp - start),
    ];
  };
  const draw = () => {
    ink.clearRect(0, 0, canvas.width, canvas.height);
    for (const points of strokes) {
      ink.beginPath();
      points.forEach(([x, y], index) => (index ? ink.lineTo(x, y) : ink.moveTo(x, y)));
      if (points.length === 1) ink.lineTo(points[0][0] + 0.5, points[0][1]);
      ink.stroke();
    }
    pad.classList.toggle("inked", strokes.length > 0);
  };
  const save = () => {
    strokesField.value = strokes.length ? JSON.stringify(strokes) : "";
    pngField.value = strokes.length ? canvas.toDataURL("image/png") : "";
    strokesField.dispatchEvent(new Event("input", { bubbles: true }));
  };

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    start ||= event.timeStamp;
    strokes.push((stroke = [point(event)]));
    draw();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!stroke) return;
    for (const step of event.getCoalescedEvents?.() ?? [event]) stroke.push(point(step));
    draw();
  });
  for (const end of ["pointerup", "pointercancel"])
    canvas.addEventListener(end, () => { if (stroke) { stroke = null; save(); } });
  box.querySelector("[data-clear]").addEventListener("click", () => { strokes = []; start = 0; draw(); save(); });
  box.querySelector("[data-undo]").addEventListener("click", () => { strokes.pop(); draw(); save(); });
}
