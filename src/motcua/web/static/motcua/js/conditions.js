/* Inputs that make sense only with certain answers: [data-when] holds the condition as the server knows it, the form's
   data-known what is known besides. Without this script all of them stand there; the server leaves out what does not apply. */
const number = (value) => (value === "" || value === null || Number.isNaN(Number(String(value).replaceAll(".", "").replace(",", "."))) ? null : Number(String(value).replaceAll(".", "").replace(",", ".")));
const present = (value) => (Array.isArray(value) ? value.length > 0 : value !== null && value !== undefined && String(value).trim() !== "");

function typed(form, name, known) {
  const elements = [...form.elements].filter((element) => element.name === name);
  if (!elements.length) return known[name.split(".")[0]] ?? null;
  if (elements[0].type === "checkbox") return elements.filter((element) => element.checked && !element.disabled).map((element) => element.value);
  if (elements[0].type === "radio") return elements.find((element) => element.checked && !element.disabled)?.value ?? null;
  return elements[0].disabled ? null : elements[0].value;
}

function equals(answer, value) {
  if (Array.isArray(answer)) return answer.some((choice) => equals(choice, value));
  if (typeof value === "boolean") return answer === value || answer === String(value);
  if (typeof value === "number") return present(answer) && number(answer) === value;
  return answer === value;
}

function compare(answer, value, test) {
  if (!present(answer)) return false;
  if (typeof value === "number") return number(answer) !== null && test(number(answer), value);
  return test(String(answer), String(value));
}

const operators = {
  equals,
  not: (answer, value) => !equals(answer, value),
  in: (answer, values) => values.some((value) => equals(answer, value)),
  gt: (answer, value) => compare(answer, value, (a, b) => a > b),
  gte: (answer, value) => compare(answer, value, (a, b) => a >= b),
  lt: (answer, value) => compare(answer, value, (a, b) => a < b),
  lte: (answer, value) => compare(answer, value, (a, b) => a <= b),
  present: (answer, value) => present(answer) === value,
};

function holds(condition, form, known) {
  if (typeof condition === "boolean") return condition;
  if (condition.all) return condition.all.every((part) => holds(part, form, known));
  if (condition.any) return condition.any.some((part) => holds(part, form, known));
  if (condition.not !== undefined && condition.field === undefined) return !holds(condition.not, form, known);
  const operator = Object.keys(condition).find((key) => key !== "field");
  return operators[operator](typed(form, condition.field, known), condition[operator]);
}

function show(form) {
  const known = JSON.parse(form.dataset.known || "{}");
  for (const box of form.querySelectorAll("[data-when]")) {
    const wanted = holds(JSON.parse(box.dataset.when), form, known);
    box.hidden = !wanted;
    for (const element of box.querySelectorAll("input, select, textarea")) element.disabled = !wanted;
  }
}

for (const form of document.querySelectorAll("form[data-conditions]")) {
  show(form);
  form.addEventListener("input", () => show(form));
  form.addEventListener("change", () => show(form));
  form.addEventListener("restored", () => show(form));
}
