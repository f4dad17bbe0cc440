/* "I am there now": fills latitude and longitude from this device, only when pressed. */
const english = document.documentElement.lang === "en";
for (const button of document.querySelectorAll("[data-geo]")) {
  if (!("geolocation" in navigator)) continue;
  const state = button.parentElement.querySelector("[data-geo-state]");
  button.hidden = false;
  button.addEventListener("click", () => {
    state.textContent = english ? "Looking…" : "Đang tìm vị trí…";
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        document.getElementById(button.dataset.lat).value = coords.latitude.toFixed(6);
        document.getElementById(button.dataset.lon).value = coords.longitude.toFixed(6);
        const off = Math.round(coords.accuracy);
        state.textContent = english ? `Found, within ${off} m.` : `Đã có vị trí, sai số khoảng ${off} m.`;
        button.dispatchEvent(new Event("input", { bubbles: true }));
      },
      () => { state.textContent = english ? "Not found. Describe the place instead." : "Không lấy được vị trí. Hãy tả chỗ ở bằng lời."; },
      { enableHighAccuracy: true, timeout: 15000, maximumAge: 60000 },
    );
  });
}
