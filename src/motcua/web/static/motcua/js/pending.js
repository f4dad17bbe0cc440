/* What was typed on this phone and has not arrived: sent again from here under the key it had, which acts once. */
const PREFIX = "motcua-keep:", LONG_ENOUGH = 60000;
const english = document.documentElement.lang === "en";
const say = (vi, en) => (english ? en : vi);
const root = document.querySelector("[data-pending]"), list = root.querySelector("ul"), empty = root.querySelector("[data-empty]");
const token = root.querySelector("[name=csrfmiddlewaretoken]").value;

const get = (name) => { try { return JSON.parse(localStorage.getItem(name)); } catch { return null; } };
const names = () => { try { return Object.keys(localStorage).filter((name) => name.startsWith(PREFIX) && get(name)?.url?.startsWith("/hien-truong/")); } catch { return []; } };

function drop(name) {
  localStorage.removeItem(name);
  dispatchEvent(new Event("kept-changed"));
}

function button(words, kind, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = `button ${kind}`;
  made.textContent = words;
  made.addEventListener("click", () => act(made));
  return made;
}

async function send(name, item, made) {
  const kept = get(name), state = item.querySelector("[role=status]"), body = new FormData();
  if (!kept) return draw();
  made.disabled = true;
  body.append("csrfmiddlewaretoken", token);
  for (const [field, value] of Object.entries({ ...kept.values, ...kept.hidden })) for (const one of [value].flat()) body.append(field, one);
  try {
    const answer = await fetch(kept.url, { method: "POST", body, credentials: "same-origin", signal: AbortSignal.timeout(LONG_ENOUGH) });
    if (answer.status >= 502) throw new Error(String(answer.status));
    if (!new URL(answer.url).pathname.startsWith("/hien-truong/")) state.textContent = say("Cần đăng nhập lại rồi gửi.", "Sign in again, then send.");
    else if (!answer.ok) state.textContent = say("Chưa được nhận. Hãy mở ra để xem và sửa.", "Not accepted. Open it to see why.");
    else {
      drop(name);
      item.querySelectorAll("button, a").forEach((part) => part.remove());
      state.textContent = say("Đã gửi.", "Sent.");
      return;
    }
  } catch {
    state.textContent = say("Vẫn chưa có sóng. Mọi thứ còn trên máy này.", "Still no signal. All is kept on this phone.");
  }
  made.disabled = false;
}

function line(name) {
  const kept = get(name), item = document.createElement("li"), title = document.createElement("h2"), state = document.createElement("p"), acts = document.createElement("p"), open = document.createElement("a");
  const at = new Date(kept.at).toLocaleString(english ? "en-GB" : "vi-VN", { hour: "2-digit", minute: "2-digit", day: "2-digit", month: "2-digit" });
  item.className = "card";
  item.dataset.kept = name.slice(PREFIX.length);
  title.className = "card-title";
  title.textContent = kept.title;
  state.setAttribute("role", "status");
  state.textContent = kept.waiting ? say(`Chưa gửi được, viết lúc ${at}.`, `Not sent, written at ${at}.`) : say(`Đang viết dở, lúc ${at}.`, `Half written, at ${at}.`);
  acts.className = "buttons";
  if (kept.whole) acts.append(button(say("Gửi lại", "Send again"), "primary", (made) => send(name, item, made)));
  else state.textContent += " " + say("Mở ra để chụp hoặc ký lại rồi gửi.", "Open it to take the photos or sign again, then send.");
  open.className = "button secondary";
  open.href = kept.url;
  open.textContent = say("Mở", "Open");
  let sure = false;
  const gone = button(say("Bỏ", "Discard"), "quiet", () => {
    if (!sure) { sure = true; gone.textContent = say("Bỏ hẳn?", "Discard for good?"); return; }
    drop(name);
    draw();
  });
  acts.append(open, gone);
  const inner = document.createElement("div");
  inner.className = "card-body";
  inner.append(title, state, acts);
  item.append(inner);
  return item;
}

function draw() {
  const found = names().sort((a, b) => get(a).at - get(b).at);
  list.replaceChildren(...found.map(line));
  empty.hidden = found.length > 0;
}
draw();
