/* The way to the chat on every page. Its whole script comes where there is a chat, where this device has chatted before (how much is
   unread stands on the button), and when somebody opens it. */
const opener = document.querySelector("[data-chat-open][data-panel-url]");
const hasChatted = () => { try { return localStorage.getItem("motcua-chat"); } catch { return null; } };
let isHere = Boolean(document.querySelector("[data-chat]") || (opener && hasChatted()));
if (isHere) import("./chat.js");

opener?.addEventListener("click", async (event) => {
  if (isHere || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  isHere = true;
  try { await import("./chat.js"); } catch { location.href = opener.href; return; }
  opener.click(); // it listens by now
});
