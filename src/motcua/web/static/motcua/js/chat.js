/* The conversation, live. The page draws messages; this only asks for those after the last one it has, so the same
   message never stands twice. A stream wakes it; without one it asks now and then. Posts carry client_msg_id: sent
   again after a failure they are still one message. */
const title = document.title;
let unread = 0;

function showUnread() {
  document.title = unread ? `(${unread}) ${title}` : title;
  for (const count of document.querySelectorAll("[data-chat-count]")) {
    count.hidden = !unread;
    count.textContent = unread;
  }
}
const fresh = () => crypto.randomUUID?.() ?? `${Date.now()}-${Math.random().toString(16).slice(2)}`;

class Chat {
  constructor(root) {
    this.root = root;
    this.list = root.querySelector("[data-chat-list]");
    this.scroller = root.querySelector("[data-chat-scroll]");
    this.live = root.querySelector("[data-chat-live]");
    this.last = Number(root.dataset.lastSeq) || 0;
    for (const item of this.list.children) this.last = Math.max(this.last, Number(item.dataset.seq) || 0);
    this.wait = 4000;
    root.addEventListener("submit", (event) => this.submit(event));
    root.addEventListener("keydown", (event) => this.key(event));
    this.tidy();
    this.toEnd();
    this.listen();
    document.addEventListener("visibilitychange", () => { if (!document.hidden) { unread = 0; showUnread(); this.ask(); } });
    addEventListener("online", () => this.listen());
  }

  listen() {
    this.stream?.close();
    const address = this.root.dataset.streamUrl;
    if (!address || !("EventSource" in window)) return this.poll();
    const url = new URL(address, location.href);
    url.searchParams.set("after", this.last);
    this.stream = new EventSource(url, { withCredentials: url.origin !== location.origin });
    const wake = (event) => { this.wait = 4000; if (!(Number(event.lastEventId) <= this.last && event.lastEventId)) this.ask(); };
    for (const kind of ["message", "new", "state"]) this.stream.addEventListener(kind, wake);
    this.stream.onopen = () => { clearTimeout(this.timer); this.ask(); };
    this.stream.onerror = () => {
      if (this.stream.readyState === EventSource.CLOSED) setTimeout(() => this.listen(), Math.min((this.wait *= 2), 60000));
      this.poll();
    };
  }

  poll() {
    clearTimeout(this.timer);
    this.timer = setTimeout(async () => {
      if (!document.hidden) await this.ask();
      if (this.stream?.readyState !== 1) this.poll();
    }, this.wait);
  }

  async ask() {
    if (this.asking) return void (this.again = true);
    const address = this.root.dataset.fragmentUrl;
    if (!address || !this.root.isConnected) return;
    this.asking = true;
    try {
      const url = new URL(address, location.href);
      url.searchParams.set("after", this.last);
      const response = await fetch(url, { credentials: "same-origin", headers: { "X-Requested-With": "fetch" } });
      if (response.ok) {
        this.add(await response.text());
        const fresh = response.headers.get("X-Chat-Stream"), had = this.root.dataset.streamUrl;
        if (fresh) this.root.dataset.streamUrl = fresh; // its ticket lives for minutes
        if (fresh && !had) this.listen();
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
      this.list.append(item);
      if (item.classList.contains("theirs")) heard.push(item.querySelector(".msg-text, .msg-form")?.textContent.trim() ?? "");
    }
    if (!heard.length && !box.content.childElementCount) return;
    this.tidy();
    if (atEnd || !heard.length) this.toEnd();
    if (heard.length) {
      this.live.textContent = heard.join(". ");
      if (document.hidden || this.root.closest("[hidden]")) { unread += heard.length; showUnread(); }
    }
  }

  tidy() { // only the newest message keeps its quick answers
    const items = [...this.list.children];
    items.forEach((item, index) => item.classList.toggle("old", index < items.length - 1));
  }

  toEnd() { this.scroller.scrollTop = this.scroller.scrollHeight; }

  key(event) {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.target.matches("[data-chat-main] textarea") && matchMedia("(pointer: fine)").matches) {
      event.preventDefault();
      event.target.form.requestSubmit();
    }
  }

  async submit(event) {
    const form = event.target;
    if (!form.matches("[data-chat-form]")) return;
    event.preventDefault();
    if (form.dataset.busy) return void (form.dataset.again = "1"); // pressed while the one before is on its way: next
    const main = form.matches("[data-chat-main]"), text = form.elements.text, error = form.querySelector("[data-chat-error]");
    const files = form.querySelector("input[type=file]");
    if (main && !text.value.trim() && !files?.files.length) return text.focus();
    const id = form.elements.client_msg_id;
    if (main && id && !id.value) id.value = fresh();
    form.dataset.busy = "1";
    const body = new FormData(form, event.submitter?.name ? event.submitter : undefined), typed = main ? text.value : "";
    if (main) text.value = ""; // what is typed from here on is the next message
    try {
      const response = await fetch(form.action, {
        method: "POST", credentials: "same-origin", headers: { "X-Requested-With": "fetch" }, body,
      });
      if (!response.ok) {
        const told = await response.json().catch(() => ({}));
        if (error && told.message) error.textContent = told.message;
        throw new Error(response.status);
      }
      if (error) error.hidden = true;
      if (main) {
        if (files) files.value = "";
        form.querySelector(".filled")?.classList.remove("filled");
        form.querySelector("[data-upload-list]")?.replaceChildren();
        if (id) id.value = fresh();
        form.dispatchEvent(new Event("sent"));
        text.focus();
      }
      delete form.dataset.busy;
      await this.ask();
      this.toEnd();
    } catch {
      if (main && text.value && id) id.value = fresh(); // no longer the same message
      if (main) text.value = [typed, text.value].filter(Boolean).join("\n");
      if (error) error.hidden = false;
      else this.root.querySelector("[data-chat-error]")?.removeAttribute("hidden");
      delete form.dataset.again; // nothing is sent by itself after a failure
    } finally {
      delete form.dataset.busy;
    }
    if (form.dataset.again) { delete form.dataset.again; form.requestSubmit(); }
  }
}

for (const root of document.querySelectorAll("[data-chat]")) new Chat(root);

const opener = document.querySelector("[data-chat-open][data-panel-url]");
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
    new Chat(panel.querySelector("[data-chat]"));
    panel.dispatchEvent(new Event("chat-drawn", { bubbles: true }));
    panel.addEventListener("click", (inner) => { if (inner.target.closest("[data-chat-close]")) close(panel); });
    panel.addEventListener("keydown", (inner) => { if (inner.key === "Escape") close(panel); });
    import("./upload.js");
  }
  panel.hidden = false;
  unread = 0;
  showUnread();
  panel.querySelector("textarea")?.focus();
});

function close(panel) {
  panel.hidden = true;
  opener.focus();
}
