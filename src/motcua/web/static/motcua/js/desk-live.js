/* The desk, live: lists of conversations that draw themselves again, who else has this conversation open, and the time left
   to answer. Without it the same stands there after a reload. */
import { Stream } from "./live.js";

const english = document.documentElement.lang === "en";
const say = (vi, en) => (english ? en : vi);

/* ---- the lists */
const list = document.querySelector("[data-live-list]"), title = document.title;
let soon = 0;

function showUnread() {
  const count = Number(list.dataset.unread) || 0;
  document.title = count ? `(${count}) ${title}` : title;
}

async function redraw() {
  const answer = await fetch(list.dataset.fragmentUrl, { credentials: "same-origin", headers: { "X-Requested-With": "fetch" } }).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  const drawn = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-live-list]");
  if (!drawn) return;
  list.dataset.streamUrl = drawn.dataset.streamUrl;
  list.dataset.unread = drawn.dataset.unread;
  showUnread();
  const part = list.querySelector("[data-live-part]"), focused = part.contains(document.activeElement) && document.activeElement.getAttribute("href");
  part.replaceChildren(...drawn.querySelector("[data-live-part]").childNodes);
  for (const link of part.querySelectorAll("a[href]")) if (link.getAttribute("href") === location.pathname) link.setAttribute("aria-current", "page");
  if (focused) part.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus();
  list.dispatchEvent(new Event("redrawn", { bubbles: true }));
}

let drawnAt = 0; // a page nobody looks at is not drawn for every word, nor a large one more often than it says
function redrawSoon() {
  const gap = (Number(list.dataset.gap) || 0) * 1000 - (Date.now() - drawnAt);
  soon ||= setTimeout(() => { soon = 0; drawnAt = Date.now(); redraw(); }, Math.max(gap, document.hidden ? 5000 : 0));
}

if (list) {
  const line = list.querySelector("[data-live-line]");
  showUnread();
  if (list.dataset.every) setInterval(() => { if (!document.hidden) redrawSoon(); }, Number(list.dataset.every) * 1000); // ages grow
  if (list.dataset.streamUrl && "EventSource" in window) {
    new Stream({
      address: () => new URL(list.dataset.streamUrl, location.href),
      on: { sync: redrawSoon, changed: redrawSoon },
      renew: redraw,
      state: (isThere) => {
        if (line) line.textContent = isThere ? "" : line.dataset.lost;
        if (!isThere) redrawSoon(); // also brings a fresh ticket
      },
    });
  } else setInterval(redraw, 30000);
}

/* ---- who else is here */
const talk = document.querySelector("[data-chat]"), colleagues = talk?.querySelector("[data-chat-colleagues]");

function tellColleagues(people) {
  const writing = people.filter((one) => one.typing).map((one) => one.name), here = people.filter((one) => !one.typing).map((one) => one.name);
  const parts = [];
  if (writing.length) parts.push(say(`${writing.join(", ")} đang viết.`, `${writing.join(", ")} writing.`));
  if (here.length) parts.push(say(`${here.join(", ")} cũng đang mở hội thoại này.`, `${here.join(", ")} also here.`));
  const words = parts.join(" ");
  if (colleagues.textContent !== words) colleagues.textContent = words;
  colleagues.classList.toggle("writing", writing.length > 0);
}
if (colleagues) talk.addEventListener("chat-sign", (event) => { if (event.detail.colleagues) tellColleagues(event.detail.colleagues); });

/* ---- somebody else answers now, or it is over: what may be done here differs, so the page is drawn anew. What is being
   written stays; then a line says it. */
const writing = talk?.querySelector("[data-chat-main] textarea"), BACK = "motcua-desk-back";
talk?.addEventListener("chat-holder", () => {
  const isBusy = writing?.value.trim() || talk.querySelector("[data-unsent]") || document.querySelector("dialog[open]");
  const last = Number(sessionStorage.getItem(BACK)) || 0;
  if (isBusy || Date.now() - last < 3000) {
    colleagues.textContent = say("Người trả lời hội thoại này đã đổi. Tải lại trang để xem.", "Who answers this conversation has changed. Load the page again.");
    return;
  }
  sessionStorage.setItem(BACK, Date.now());
  if (document.activeElement === writing) sessionStorage.setItem(`${BACK}-focus`, "1");
  location.reload();
});
if (sessionStorage.getItem(`${BACK}-focus`)) { sessionStorage.removeItem(`${BACK}-focus`); writing?.focus(); }

/* ---- the time left to answer on this channel */
const left = document.querySelector("[data-window-left]");

function inWords(minutes) {
  const days = Math.floor(minutes / 1440), hours = Math.floor(minutes / 60) % 24;
  const parts = [days && say(`${days} ngày`, `${days} d`), hours && say(`${hours} giờ`, `${hours} h`), !days && say(`${minutes % 60} phút`, `${minutes % 60} min`)];
  return parts.filter(Boolean).slice(0, 2).join(" ");
}

function tick() {
  const ms = Date.parse(left.dataset.until) - Date.now() + skew, box = left.closest("[data-window]");
  if (ms > 0) left.textContent = inWords(Math.floor(ms / 60000));
  else {
    const state = box.querySelector("[data-window-state] > *");
    box.replaceChildren(Object.assign(document.createElement("b"), { className: "bad-text", textContent: box.dataset.closed }));
    box.setAttribute("role", "status");
    state?.remove();
    clearInterval(ticking);
  }
}
/* the house may live at another time (a demonstration): what it said was left counts, not this device's clock */
const skew = left ? Number(left.dataset.seconds) * 1000 - (Date.parse(left.dataset.until) - Date.now()) : 0;
const ticking = left && setInterval(tick, 1000);

/* ---- ready answers: chosen into the box where one writes; "/code" and the tabulator key do the same */
const box = document.querySelector("[data-canned-box]"), text = document.querySelector("[data-chat-main] textarea");
const TYPED_CODE = /(?:^|\s)\/([\p{L}\d-]{1,40})$/u;

function put(answer, instead = "") {
  const from = instead ? text.selectionStart - instead.length : text.selectionStart;
  text.setRangeText(answer, from, text.selectionEnd, "end");
  text.dispatchEvent(new Event("input", { bubbles: true }));
  const gap = text.value.match(/⟦[^⟧]*⟧/);
  text.focus();
  if (gap) text.setSelectionRange(gap.index, gap.index + gap[0].length); // what is missing is written over
}

async function offer(asked) {
  const url = new URL(box.dataset.offersUrl, location.href);
  url.searchParams.set("cau", asked);
  const answer = await fetch(url, { credentials: "same-origin", headers: { "X-Requested-With": "fetch" } }).catch(() => null);
  if (answer?.ok && !answer.redirected) box.querySelector("[data-canned-offers]").innerHTML = await answer.text();
  return box.querySelector("[data-canned]");
}

if (box && text) {
  let later;
  const soonOffer = (asked) => { clearTimeout(later); later = setTimeout(() => offer(asked), 250); };
  const typedCode = () => text.value.slice(0, text.selectionStart).match(TYPED_CODE);
  box.addEventListener("click", (event) => {
    const chosen = event.target.closest("[data-canned]");
    if (!chosen || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    put(chosen.dataset.canned);
  });
  box.querySelector("[data-canned-form]").addEventListener("submit", (event) => { event.preventDefault(); offer(event.target.elements.cau.value); });
  box.querySelector("[data-canned-form] input").addEventListener("input", (event) => soonOffer(event.target.value));
  text.addEventListener("input", () => { const typed = typedCode(); if (typed) soonOffer(typed[1]); });
  text.addEventListener("keydown", async (event) => {
    const typed = event.key === "Tab" && !event.shiftKey && typedCode();
    if (!typed) return;
    event.preventDefault();
    clearTimeout(later);
    const first = await offer(typed[1]);
    if (first) put(first.dataset.canned, `/${typed[1]}`);
  });
}
