/* Nothing typed is lost: every form[data-keep="key"] is kept on this device until a page says it arrived
   (an element with data-keep-clear="key"), for seven days at most. Passwords, codes, files and what carries
   data-keep-skip are never kept. Also shows the banner and the crew's state when the network is gone. */
const PREFIX = "motcua-keep:", WEEK = 7 * 86400e3;
const english = document.documentElement.lang === "en";
const say = (vi, en) => (english ? en : vi);

const store = {
  get(key) { try { return JSON.parse(localStorage.getItem(PREFIX + key)); } catch { return null; } },
  set(key, value) { try { localStorage.setItem(PREFIX + key, JSON.stringify(value)); } catch { /* full or forbidden */ } },
  drop(key) { try { localStorage.removeItem(PREFIX + key); } catch { /* forbidden */ } },
  keys() { try { return Object.keys(localStorage).filter((k) => k.startsWith(PREFIX)).map((k) => k.slice(PREFIX.length)); } catch { return []; } },
};

const keepable = (element) =>
  element.name && !element.disabled && !["hidden", "password", "file", "submit", "button"].includes(element.type) &&
  element.autocomplete !== "one-time-code" && !element.closest("[data-keep-skip]");

function read(form) {
  const values = {};
  for (const element of form.elements) {
    if (!keepable(element)) continue;
    if (element.type === "checkbox" || element.type === "radio") {
      values[element.name] ??= [];
      if (element.checked) values[element.name].push(element.value);
    } else if (element.multiple) values[element.name] = [...element.selectedOptions].map((o) => o.value);
    else values[element.name] = element.value;
  }
  return values;
}

function write(form, values) {
  for (const element of form.elements) {
    if (!keepable(element) || !(element.name in values)) continue;
    const value = values[element.name];
    if (element.type === "checkbox" || element.type === "radio") element.checked = value.includes(element.value);
    else if (element.multiple) for (const option of element.options) option.selected = value.includes(option.value);
    else element.value = value;
  }
  form.dispatchEvent(new Event("restored"));
}

function notice(form, text, label, act) {
  form.querySelector(".kept-notice")?.remove();
  const box = document.createElement("div"), words = document.createElement("div"), button = document.createElement("button");
  box.className = "notice lit kept-notice";
  box.setAttribute("role", "status");
  button.type = "button";
  button.className = "button quiet small";
  button.textContent = label;
  button.addEventListener("click", () => { box.remove(); act(); });
  words.append(text + " ", button);
  box.append(words);
  form.prepend(box);
}

/* A crew's form says where it goes and under which key, so that it can be sent from the list of what waits. */
function about(form) {
  if (!form.matches("[data-send]")) return {};
  const hidden = {};
  for (const element of form.querySelectorAll("input[type=hidden]"))
    if (["key", "step"].includes(element.name)) hidden[element.name] = element.value;
  return {
    url: location.pathname, title: document.title, hidden,
    whole: !form.querySelector("input[type=file], [data-signature]"), // pictures and strokes are not kept: to be given again
  };
}

function keep(form) {
  const key = form.dataset.keep, first = read(form), before = JSON.stringify(first), kept = store.get(key);
  if (kept && JSON.stringify(kept.values) !== before) {
    const at = new Date(kept.at).toLocaleString(english ? "en-GB" : "vi-VN", { hour: "2-digit", minute: "2-digit", day: "2-digit", month: "2-digit" });
    if (kept.before === before) {
      write(form, kept.values);
      if (!form.matches("[data-chat-form]"))
        notice(form, say(`Đã lấy lại những gì anh/chị viết lúc ${at}.`, `What you wrote at ${at} is back.`), say("Bỏ đi", "Discard"), () => { write(form, first); store.drop(key); });
    } else if (!form.matches("[data-chat-form]"))
      notice(form, say(`Máy này còn giữ bản anh/chị viết lúc ${at}.`, `This device still holds what you wrote at ${at}.`), say("Dùng bản đó", "Use it"), () => write(form, kept.values));
  }
  let timer;
  const facts = about(form);
  const save = (more = {}) => store.set(key, { ...facts, at: Date.now(), before, values: read(form), ...more });
  form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(() => { timer = 0; save(); changed(); }, 300); });
  form.addEventListener("sent", () => { clearTimeout(timer); timer = 0; store.drop(key); changed(); });
  form.addEventListener("unsent", () => { clearTimeout(timer); timer = 0; save({ waiting: true }); changed(); });
  addEventListener("pagehide", () => { if (timer && JSON.stringify(read(form)) !== before) save(); });
  form.addEventListener("submit", (event) => {
    clearTimeout(timer);
    timer = 0; // what is kept from here on is what was sent
    save({ sent: !facts.url, waiting: Boolean(facts.url) }); // a crew's form says itself when it has arrived
    if (navigator.onLine === false && !form.matches("[data-chat-main]")) { // the chat sends by itself when the network is back
      event.preventDefault();
      event.stopImmediatePropagation();
      const waiting = store.get(key);
      store.set(key, { ...waiting, sent: false, waiting: true });
      changed();
      notice(form, say("Chưa gửi vì mất mạng. Mọi thứ được giữ trên máy này.", "Not sent: there is no network. All is kept on this device."), say("Gửi lại", "Send again"), () => form.requestSubmit());
    }
  }, true);
}

function changed() {
  const offline = navigator.onLine === false;
  for (const banner of document.querySelectorAll("[data-offline-banner]")) banner.hidden = !offline;
  const waiting = store.keys().filter((key) => store.get(key)?.waiting).length;
  const now = offline ? "offline" : waiting ? "pending" : "online";
  for (const part of document.querySelectorAll("[data-sync]")) part.hidden = part.dataset.sync !== now;
  for (const count of document.querySelectorAll("[data-sync-count]")) count.textContent = waiting;
  const kept = store.keys().filter((key) => store.get(key)?.url).length;
  for (const count of document.querySelectorAll("[data-kept-count]")) {
    count.hidden = !kept;
    count.querySelector("b").textContent = kept;
  }
}

for (const cleared of document.querySelectorAll("[data-keep-clear]"))
  for (const key of cleared.dataset.keepClear.split(" ")) store.drop(key);
// sent, and the answer is a page without that form and no error: it arrived; a page that asks who they are took nothing
const asking = document.querySelector("[data-asks-who]");
if (!document.querySelector("body.error-page, [data-kept-requests]"))
  for (const key of store.keys()) {
    const kept = store.get(key);
    if (!kept?.sent || document.querySelector(`form[data-keep="${CSS.escape(key)}"]`)) continue;
    if (!asking) { store.drop(key); continue; }
    store.set(key, { ...kept, sent: false });
    asking.hidden = false;
    asking.textContent = say("Chưa gửi được vì phiên đã hết. Những gì anh/chị viết vẫn được giữ trên máy này.", "Not sent: the session has ended. What you wrote is kept on this device.");
  }
for (const key of store.keys()) if (Date.now() - (store.get(key)?.at ?? 0) > WEEK) store.drop(key);
for (const form of document.querySelectorAll("form[data-keep]")) keep(form);
addEventListener("kept-changed", changed);
addEventListener("online", changed);
addEventListener("offline", changed);
document.addEventListener("chat-drawn", (event) => event.target.querySelectorAll("form[data-keep]").forEach(keep));
changed();
