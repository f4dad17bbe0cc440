/* The conversation, live. The page draws messages; this only asks for those after the last one it has, so the same
   message never stands twice. A stream wakes it; without one it asks now and then. What is written is kept on this device
   until the house has it, and sent under the key it was given first: sent again after a failure it is still one message. */
import { Stream } from "./live.js";

const english = document.documentElement.lang === "en";
const say = (vi, en) => (english ? en : vi);
const title = document.title, HOUR = 3600e3, TYPING_MS = 4000, USED = "motcua-chat";
let unread = 0;

function showUnread() {
  if (!document.querySelector("[data-live-list]")) document.title = unread ? `(${unread}) ${title}` : title; // the desk counts its lists
  for (const count of document.querySelectorAll("[data-chat-count]")) {
    count.hidden = !unread;
    count.textContent = unread;
    count.setAttribute("aria-label", say(`${unread} tin chưa đọc`, `${unread} unread`));
  }
}
function seenAll() { unread = 0; showUnread(); }
const fresh = () => crypto.randomUUID?.() ?? `${Date.now()}-${Math.random().toString(16).slice(2)}`;
const remember = (key, value) => { try { value ? localStorage.setItem(key, value) : localStorage.removeItem(key); } catch { /* forbidden */ } };
const recall = (key) => { try { return localStorage.getItem(key); } catch { return null; } };

export class Chat {
  constructor(root) {
    this.root = root;
    this.list = root.querySelector("[data-chat-list]");
    this.scroller = root.querySelector("[data-chat-scroll]");
    this.live = root.querySelector("[data-chat-live]");
    this.form = root.querySelector("[data-chat-main]");
    this.last = Number(root.dataset.lastSeq) || 0;
    this.read = Number(root.dataset.readSeq) || 0;
    for (const item of this.list.children) this.last = Math.max(this.last, Number(item.dataset.seq) || 0);
    this.wait = 4000;
    this.tries = 0;
    this.kept = `motcua-unsent:${this.form?.getAttribute("action")}`;
    root.addEventListener("submit", (event) => this.submit(event));
    root.addEventListener("keydown", (event) => this.key(event));
    this.form?.elements.text.addEventListener("input", () => this.typing());
    this.tidy();
    this.toEnd();
    this.listen();
    this.takeUp();
    document.addEventListener("visibilitychange", () => { if (!document.hidden) { seenAll(); this.ask(); } });
    addEventListener("online", () => this.flush());
  }

  get isSeen() { return !document.hidden && !this.root.closest("[hidden]"); }

  /* ---- hearing */

  listen() {
    if (!this.root.dataset.streamUrl || !("EventSource" in window)) return this.poll();
    const wake = (event) => { this.wait = 4000; if (!(Number(event.lastEventId) <= this.last && event.lastEventId)) this.ask(); };
    this.stream = new Stream({
      address: () => {
        const url = new URL(this.root.dataset.streamUrl, location.href);
        url.searchParams.set("after", this.last);
        return url;
      },
      on: { message: wake, sign: (event) => this.sign(JSON.parse(event.data)) },
      renew: () => this.ask(),
      state: (isThere) => {
        this.showLine(isThere);
        if (!isThere) return this.poll();
        clearTimeout(this.timer);
        this.ask();
        this.flush();
      },
    });
  }

  showLine(isThere) {
    const line = this.root.querySelector("[data-chat-line]");
    if (line) line.textContent = isThere ? "" : line.dataset.lost;
    if (!isThere) this.sign({ typing: false });
  }

  poll() {
    clearTimeout(this.timer);
    this.timer = setTimeout(async () => {
      if (!document.hidden) await this.ask();
      if (!this.stream?.isThere) this.poll();
    }, this.wait);
  }

  sign(told) {
    const now = (this.now = { ...this.now, ...told });
    const typing = this.root.querySelector("[data-chat-typing]");
    if (typing) typing.textContent = now.typing ? typing.dataset.words : "";
    if (told.changed && told.changed !== this.changed) { this.changed = told.changed; this.redraw(); }
    if (now.read > this.read) { this.read = now.read; this.showRead(); }
    this.root.dispatchEvent(new CustomEvent("chat-sign", { detail: now }));
  }

  held(owner, holder) { // who answers now
    const status = this.root.querySelector("[data-chat-status]"), words = owner && status?.dataset[owner.toLowerCase()];
    if (words) status.textContent = words;
    if (holder && this.root.dataset.holder && holder !== this.root.dataset.holder) {
      this.root.dataset.holder = holder;
      this.root.dispatchEvent(new Event("chat-holder"));
    }
  }

  async redraw() { // delivered, rewritten, brought in: what stands here already looks different
    const url = new URL(this.root.dataset.fragmentUrl, location.href);
    url.searchParams.set("after", Math.max(0, this.last - 30));
    url.searchParams.set("seen", "0");
    const response = await fetch(url, { credentials: "same-origin", headers: { "X-Requested-With": "fetch" } }).catch(() => null);
    if (!response?.ok || response.redirected) return;
    const box = document.createElement("template");
    box.innerHTML = await response.text();
    for (const item of [...box.content.querySelectorAll("li[data-seq]")]) {
      const old = this.list.querySelector(`li[data-seq="${CSS.escape(item.dataset.seq)}"]`);
      if (!old || old.contains(document.activeElement) || old.querySelector("audio")?.paused === false) continue;
      item.classList.toggle("old", old.classList.contains("old"));
      old.replaceWith(item);
    }
    this.showRead();
  }

  showRead() { // under the last of my messages that the other side has seen
    const mine = [...this.list.querySelectorAll(".mine[data-seq]:not(.note)")].filter((item) => Number(item.dataset.seq) <= this.read).pop();
    const mark = Object.assign(document.createElement("span"), { textContent: ` · ${say("đã xem", "seen")}` });
    for (const old of this.list.querySelectorAll("[data-read-mark]")) old.remove();
    mark.dataset.readMark = "";
    mine?.querySelector(".meta")?.append(mark);
  }

  async ask() {
    if (this.asking) return void (this.again = true);
    const address = this.root.dataset.fragmentUrl;
    if (!address || !this.root.isConnected) return;
    this.asking = true;
    try {
      const url = new URL(address, location.href);
      url.searchParams.set("after", this.last);
      if (!this.isSeen) url.searchParams.set("seen", "0");
      const response = await fetch(url, { credentials: "same-origin", headers: { "X-Requested-With": "fetch" } });
      if (response.ok && !response.redirected) {
        this.add(await response.text());
        const told = response.headers.get("X-Chat-Stream"), had = this.root.dataset.streamUrl;
        if (told) this.root.dataset.streamUrl = told; // its ticket lives for minutes
        if (told && !had) this.listen();
        this.sign({ read: Number(response.headers.get("X-Chat-Read")) || 0 });
        this.held(response.headers.get("X-Chat-Owner"), response.headers.get("X-Chat-Holder"));
      }
    } catch { /* no network: the next wake or poll asks again */ } finally {
      this.asking = false;
    }
    if (this.again) { this.again = false; await this.ask(); }
  }

  add(html) {
    const box = document.createElement("template");
    box.innerHTML = html; // our own page's fragment, escaped by the server
    const atEnd = this.scroller.scrollHeight - this.scroller.scrollTop - this.scroller.clientHeight < 120;
    const heard = [];
    for (const item of [...box.content.querySelectorAll("li[data-seq]")]) {
      const seq = Number(item.dataset.seq);
      if (!(seq > this.last)) continue;
      this.last = seq;
      if (item.classList.contains("mine")) this.list.querySelector(".mine[data-waiting]")?.remove(); // now it stands for good
      if (!this.list.querySelector(".mine[data-waiting]")) this.list.querySelector("[data-waiting]")?.remove();
      if (item.dataset.key) this.settle(item.dataset.key);
      this.list.insertBefore(item, this.list.querySelector("[data-unsent]"));
      if (item.classList.contains("theirs")) heard.push(item.querySelector(".msg-text, .msg-form")?.textContent.trim() ?? "");
    }
    if (!heard.length && !box.content.childElementCount) return;
    remember(USED, "1");
    this.tidy();
    this.showRead();
    if (atEnd || !heard.length) this.toEnd();
    if (heard.length) {
      this.sign({ typing: false });
      this.live.textContent = heard.join(". ");
      if (!this.isSeen) { unread += heard.length; showUnread(); }
    }
  }

  tidy() { // only the newest message keeps its quick answers
    const items = [...this.list.children].filter((item) => !item.matches("[data-unsent]"));
    items.forEach((item, index) => item.classList.toggle("old", index < items.length - 1));
  }

  toEnd() { this.scroller.scrollTop = this.scroller.scrollHeight; }

  /* ---- saying */

  key(event) {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing && !event.defaultPrevented && event.target.matches("[data-chat-main] textarea") && matchMedia("(pointer: fine)").matches) {
      event.preventDefault();
      event.target.form.requestSubmit();
    }
  }

  typing() {
    const isEmpty = !this.form.elements.text.value.trim(), now = Date.now();
    if (isEmpty ? !this.typedAt : now - (this.typedAt ?? 0) < TYPING_MS) return;
    this.typedAt = isEmpty ? 0 : now;
    this.tell(isEmpty ? "quiet" : this.form.elements.ghi_chu?.checked ? "noting" : "typing");
  }

  tell(what) {
    if (!this.stream?.isThere) return;
    const url = new URL(this.root.dataset.streamUrl, location.href);
    url.pathname += "/sign";
    url.searchParams.set("what", what);
    fetch(url, { method: "POST", credentials: "omit", keepalive: true }).catch(() => {});
  }

  submit(event) {
    const form = event.target;
    if (!form.matches("[data-chat-form]")) return;
    event.preventDefault();
    const main = form === this.form, files = form.querySelector("input[type=file]")?.files.length;
    if (!main || files) return this.post(form, event.submitter);
    const { text, client_msg_id: id } = form.elements;
    if (!text.value.trim()) return text.focus();
    const fields = {};
    for (const [name, value] of new FormData(form)) if (typeof value === "string" && name !== "csrfmiddlewaretoken") fields[name] = value;
    fields.client_msg_id ||= fresh();
    this.hold([...this.unsent, { at: Date.now(), fields }]);
    this.draw(fields);
    text.value = ""; // what is typed from here on is the next message
    if (id) id.value = fresh();
    this.sent(form);
    this.flush();
  }

  sent(form) {
    form.dispatchEvent(new Event("sent"));
    form.querySelector("[data-chat-error]")?.setAttribute("hidden", "");
    if (this.typedAt) { this.typedAt = 0; this.tell("quiet"); }
    remember(USED, "1");
  }

  /* What waits to be sent, in order: on this device until it has arrived. */
  get unsent() { try { return this.memory ?? JSON.parse(recall(this.kept)) ?? []; } catch { return []; } }

  hold(waiting) {
    this.memory = waiting; // also where nothing may be kept
    remember(this.kept, waiting.length ? JSON.stringify(waiting) : "");
  }

  takeUp() { // left over from a page that was closed: what is an hour old is for its writer to look at first
    const old = this.unsent.filter((one) => Date.now() - one.at > HOUR), young = this.unsent.filter((one) => !old.includes(one));
    if (!this.form) return;
    this.hold(young);
    if (old.length) this.giveBack(old.map((one) => one.fields.text).join("\n"));
    for (const { fields } of young) this.draw(fields);
    if (young.length) this.flush();
  }

  draw(fields) {
    const item = document.createElement("li"), bubble = document.createElement("div"), text = document.createElement("div"), state = document.createElement("p");
    item.className = `msg mine${fields.ghi_chu ? " note" : ""}`;
    item.dataset.unsent = fields.client_msg_id;
    bubble.className = "bubble";
    text.className = "msg-text";
    text.textContent = fields.text;
    state.className = "meta";
    state.textContent = say("đang gửi", "sending");
    bubble.append(text);
    item.append(bubble, state);
    this.list.append(item);
    this.toEnd();
  }

  settle(key) { this.list.querySelector(`[data-unsent="${CSS.escape(key)}"]`)?.remove(); }

  giveBack(text) {
    const box = this.form.elements.text;
    box.value = [text, box.value].filter(Boolean).join("\n");
  }

  async flush() {
    clearTimeout(this.later);
    if (this.flushing || !this.unsent.length) return;
    this.flushing = true;
    try {
      while (this.unsent.length) if (!(await this.sendFirst())) break;
    } finally {
      this.flushing = false;
    }
  }

  async sendFirst() {
    const [{ fields }] = this.unsent, body = new FormData();
    body.append("csrfmiddlewaretoken", this.form.elements.csrfmiddlewaretoken.value);
    for (const [name, value] of Object.entries(fields)) body.append(name, value);
    const answer = await fetch(this.form.action, {
      method: "POST", credentials: "same-origin", headers: { "X-Requested-With": "fetch" }, body, signal: AbortSignal.timeout?.(60000),
    }).catch(() => null);
    if (!answer || answer.status >= 500) return this.sendLater();
    this.tries = 0;
    this.hold(this.unsent.slice(1));
    const told = answer.redirected ? {} : await answer.json().catch(() => ({}));
    if (!answer.ok || !told.ok) {
      this.settle(fields.client_msg_id);
      this.giveBack(fields.text);
      this.complain(told.message);
      return false;
    }
    await this.ask();
    this.settle(fields.client_msg_id);
    this.toEnd();
    return true;
  }

  sendLater() {
    for (const item of this.list.querySelectorAll("[data-unsent] .meta"))
      item.textContent = say("chưa gửi được; tự gửi lại khi có mạng", "not sent yet; sent again when the network is back");
    this.later = setTimeout(() => this.flush(), Math.min(3000 * 2 ** this.tries++, 30000));
    return false;
  }

  complain(message) {
    const error = this.form.querySelector("[data-chat-error]");
    if (!error) return;
    error.textContent = message || error.dataset.words || error.textContent;
    error.hidden = false;
  }

  /* Buttons and files: now or not at all, since a file cannot be kept and a button is soon out of date. */
  async post(form, pressed) {
    if (form.dataset.busy) return void (form.dataset.again = "1"); // pressed while the one before is on its way: next
    const main = form === this.form, text = form.elements.text, files = form.querySelector("input[type=file]"), id = form.elements.client_msg_id;
    if (main && id && !id.value) id.value = fresh();
    form.dataset.busy = "1";
    const body = new FormData(form, pressed?.name ? pressed : undefined), typed = main ? text.value : "";
    if (main) text.value = "";
    try {
      const response = await fetch(form.action, { method: "POST", credentials: "same-origin", headers: { "X-Requested-With": "fetch" }, body });
      if (!response.ok) {
        const told = await response.json().catch(() => ({}));
        throw Object.assign(new Error(response.status), { told: told.message });
      }
      if (main) {
        if (files) files.value = "";
        form.querySelector(".filled")?.classList.remove("filled");
        form.querySelector("[data-upload-list]")?.replaceChildren();
        if (id) id.value = fresh();
        this.sent(form);
        text.focus();
      }
      delete form.dataset.busy;
      remember(USED, "1");
      await this.ask();
      this.toEnd();
    } catch (error) {
      if (main && text.value && id) id.value = fresh(); // no longer the same message
      if (main) this.giveBack(typed);
      if (this.form) this.complain(error.told);
      delete form.dataset.again; // nothing of these is sent by itself after a failure
    } finally {
      delete form.dataset.busy;
    }
    if (form.dataset.again) { delete form.dataset.again; form.requestSubmit(); }
  }
}

const chats = [...document.querySelectorAll("[data-chat]")].map((root) => new Chat(root));

/* On any other page: how much is unread, on the button that leads here. Only where this device has chatted before. */
const opener = document.querySelector("[data-chat-open][data-panel-url]");
let counting;

async function count() {
  const response = await fetch(opener.dataset.unreadUrl, { credentials: "same-origin", headers: { "X-Requested-With": "fetch" } }).catch(() => null);
  if (!response?.ok) return;
  const told = await response.json();
  if (counting === null) return; // opened meanwhile
  unread = told.unread;
  showUnread();
  opener.dataset.streamUrl = told.stream_url;
  if (!told.stream_url || counting || !("EventSource" in window)) return;
  counting = new Stream({
    address: () => new URL(opener.dataset.streamUrl, location.href),
    on: { message: (event) => { if (JSON.parse(event.data).direction === "OUT") count(); } },
    state: (isThere) => { if (!isThere) count(); },
    renew: count,
  });
}
if (opener?.dataset.unreadUrl && !chats.length && recall(USED)) count();

opener?.addEventListener("click", async (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  let panel = document.querySelector(".chat-panel");
  if (!panel) {
    try {
      const response = await fetch(opener.dataset.panelUrl, { credentials: "same-origin", headers: { "X-Requested-With": "fetch" } });
      if (!response.ok) throw new Error(response.status);
      panel = document.createElement("div");
      panel.className = "chat-panel";
      panel.innerHTML = await response.text();
      if (!panel.querySelector("[data-chat]")) throw new Error("no panel");
    } catch {
      location.href = opener.href;
      return;
    }
    document.body.append(panel);
    counting?.close(); // the panel listens itself
    counting = null;
    panel.chat = new Chat(panel.querySelector("[data-chat]"));
    panel.dispatchEvent(new Event("chat-drawn", { bubbles: true }));
    panel.addEventListener("click", (inner) => { if (inner.target.closest("[data-chat-close]")) close(panel); });
    panel.addEventListener("keydown", (inner) => { if (inner.key === "Escape") close(panel); });
    import("./upload.js");
  }
  panel.hidden = false;
  seenAll();
  panel.chat.ask();
  panel.querySelector("textarea")?.focus();
});

function close(panel) {
  panel.hidden = true;
  opener.focus();
}
