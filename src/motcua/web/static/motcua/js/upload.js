/* Photos: shown before they are sent, big ones made small (2,000 pixels on the long side), too big ones refused here. */
const english = document.documentElement.lang === "en";
const LONGEST = 2000, WORTH = 900 * 1024;

async function smaller(file) {
  if (!/^image\/(jpeg|png|webp)$/.test(file.type) || file.size < WORTH) return file;
  try {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
    return blob && blob.size < file.size ? new File([blob], file.name.replace(/\.\w+$/, "") + ".jpg", { type: "image/jpeg" }) : file;
  } catch {
    return file; // a picture this browser cannot read (HEIC): the server can
  }
}

function part(box, selector, tag, className) {
  let found = box.querySelector(selector);
  if (!found) {
    found = document.createElement(tag);
    found.className = className;
    found.setAttribute(selector.slice(1, -1), "");
    box.append(found);
  }
  return found;
}

async function chosen(input) {
  const box = input.closest("[data-upload-box]") ?? input.form, most = Number(input.dataset.maxMb || 15);
  const list = part(box, "[data-upload-list]", "ul", "upload-list"), error = part(box, "[data-upload-error]", "p", "error");
  for (const picture of list.querySelectorAll("img")) URL.revokeObjectURL(picture.src);
  list.replaceChildren();
  error.hidden = true;
  input.dataset.working = "1";
  const files = [], refused = [];
  for (const file of input.files) {
    const ready = await smaller(file);
    (ready.size > most * 1024 * 1024 ? refused : files).push(ready);
  }
  const kept = new DataTransfer();
  for (const file of files) kept.items.add(file);
  input.files = kept.files;
  input.classList.toggle("filled", files.length > 0);
  for (const file of files) {
    const item = document.createElement("li");
    if (/^image\/(jpeg|png|webp|gif)$/.test(file.type)) {
      const picture = document.createElement("img");
      picture.alt = "";
      picture.src = URL.createObjectURL(file);
      item.append(picture);
    }
    item.append(`${file.name} (${(file.size / 1048576).toFixed(1).replace(".", english ? "." : ",")} MB)`);
    list.append(item);
  }
  list.hidden = !files.length;
  if (refused.length) {
    const names = refused.map((file) => file.name).join(", ");
    error.textContent = english ? `Too big (over ${most} MB): ${names}` : `Tệp quá lớn (trên ${most} MB): ${names}`;
    error.hidden = false;
  }
  delete input.dataset.working;
}

document.addEventListener("change", (event) => { if (event.target.matches("input[type=file][data-upload]")) chosen(event.target); });
