// Reads a QR code from a photo where the browser can; without that the field takes pasted text.
(() => {
  const place = document.querySelector("[data-scan]");
  if (!place || !("BarcodeDetector" in window)) return;
  const status = place.querySelector("[data-scan-status]");
  place.hidden = false;
  place.querySelector("input").addEventListener("change", async (event) => {
    const [file] = event.target.files;
    if (!file) return;
    status.textContent = "";
    try {
      const detector = new BarcodeDetector({ formats: ["qr_code"] });
      const [code] = await detector.detect(await createImageBitmap(file));
      if (!code) throw new Error("no code");
      document.querySelector("[name=told]").value = code.rawValue;
      document.querySelector("[name=amount_vnd]").focus();
    } catch {
      status.textContent = status.dataset.failed;
    }
  });
})();
