/* Forms at the door are sent without leaving the page: when the signal is lost everything stays as it is, drawn signatures
   and photos too, and can be sent again under the same key, which acts once. The answer takes the page's place. */
const english = document.documentElement.lang === "en";
const say = (vi, en) => (english ? en : vi);
const LONG_ENOUGH = 60000;

function tell(form, again) {
  form.querySelector(".not-sent")?.remove();
  const box = document.createElement("div"), words = document.createElement("div"), button = document.createElement("button");
  box.className = "notice warn not-sent";
  box.setAttribute("role", "alert");
  button.type = "button";
  button.className = "button secondary";
  button.textContent = say("Gửi lại", "Send again");
  button.addEventListener("click", again);
  words.append(say("Chưa gửi được vì mất sóng. Mọi thứ vẫn còn ở đây. ", "Not sent: no signal. Everything is still here. "), button);
  box.append(words);
  form.prepend(box);
  box.scrollIntoView({ block: "center" });
}

async function send(form, submitter) {
  const buttons = document.querySelectorAll(`button[form="${CSS.escape(form.id || "-")}"], form[data-send] button`);
  buttons.forEach((button) => { button.disabled = true; });
  form.setAttribute("aria-busy", "true");
  try {
    const body = new FormData(form);
    if (submitter?.name) body.append(submitter.name, submitter.value);
    const answer = await fetch(form.action || location.href, { method: "POST", body, credentials: "same-origin", signal: AbortSignal.timeout(LONG_ENOUGH) });
    const page = await answer.text();
    if (answer.status >= 502) throw new Error(String(answer.status));
    // the sign-in page instead of ours, or a refusal: what was typed stays on the phone
    const arrived = answer.ok && new URL(answer.url).pathname.startsWith("/hien-truong/");
    form.dispatchEvent(new Event(arrived ? "sent" : "unsent"));
    if (answer.redirected || answer.url !== location.href) history.pushState(null, "", answer.url);
    document.open();
    document.write(page);
    document.close();
    wake();
  } catch {
    buttons.forEach((button) => { button.disabled = false; });
    form.removeAttribute("aria-busy");
    form.dispatchEvent(new Event("unsent"));
    tell(form, () => form.requestSubmit());
  }
}

/* A page that takes another's place stays in its window, where a module runs once: under a new name it runs again. */
function wake() {
  for (const script of document.querySelectorAll("script[type=module][src]")) import(`${script.src}?${Date.now()}`);
}

for (const form of document.querySelectorAll("form[data-send]"))
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    event.preventDefault();
    send(form, event.submitter);
  });
addEventListener("popstate", () => location.reload());
