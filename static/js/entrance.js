// What the pages around a login gain by script: the sixth digit sends, waits and keys count down, Next waits for a tick.
// Uses `saved`, `countDown` and `inWords` of panel.js, which the page loads before it.
"use strict";

const SEEN_MILLISECONDS = 350; // so that the last digit is seen, and a click on the button comes first
const DIGITS = 6;

// While a wait runs every attempt would be refused, so the buttons come back when it is over.
function wait(notice) {
  const counted = notice.querySelector("[data-wait]");
  const form = notice.parentElement.querySelector("form[method=post]");
  const buttons = form ? Array.from(form.querySelectorAll("button:not([type=button])")) : [];
  notice.removeAttribute("role"); // a screen reader must not read every second
  countDown(Number(counted.dataset.wait), (left) => {
    buttons.forEach((button) => { button.disabled = left > 0; });
    if (left > 0) counted.textContent = inWords(left);
    else {
      notice.setAttribute("role", "status"); // read is what changes in it from now on
      notice.className = "notice success";
      setTimeout(() => { notice.querySelector("div").textContent = notice.dataset.over; }, 150);
    }
  });
}

function lifetime(line) {
  countDown(Number(line.dataset.seconds), (left) => {
    const minutes = Math.ceil(left / 60);
    const text = minutes === 1 ? line.dataset.one : line.textContent.replace(/\d+/, minutes);
    const now = left > 0 ? text : line.dataset.over;
    if (line.textContent !== now) line.textContent = now;
  });
}

const digitsOf = (field) => field.value.replace(/[^0-9]/g, "");

// Everything but the code is filled in; a form that asks for a password too is sent only when that is there.
function isWhole(form) {
  return Array.from(form.querySelectorAll("input[type=password]")).every((input) => input.value);
}

// Sends once. After a refusal a phone may fill in the same code again by itself, so then somebody has to type or paste.
function sendWithTheLastDigit(field) {
  const { form } = field;
  let changed = field.getAttribute("aria-invalid") !== "true" && !document.querySelector("[data-waiting]");
  let timer;
  ["keydown", "paste"].forEach((type) => field.addEventListener(type, () => { changed = true; }));
  form.addEventListener("submit", () => clearTimeout(timer));
  field.addEventListener("input", () => {
    clearTimeout(timer);
    if (!changed || digitsOf(field).length !== DIGITS || !isWhole(form)) return;
    timer = setTimeout(() => {
      const button = form.querySelector("button:not([type=button])");
      if (form.dataset.sent || button.disabled) return;
      changed = false;
      form.requestSubmit(button);
    }, SEEN_MILLISECONDS);
  });
}

function isInView(element) {
  const box = element.getBoundingClientRect();
  return box.top >= 0 && box.bottom <= window.innerHeight;
}

function enable(box) {
  const button = document.querySelector(box.dataset.enables);
  button.disabled = !box.checked;
  box.addEventListener("change", () => {
    saved = box.checked;
    button.disabled = !box.checked;
  });
}

document.querySelectorAll("[data-open-wide]").forEach((details) => { details.open = matchMedia("(min-width: 56.25rem)").matches; });
document.querySelectorAll("[data-waiting]").forEach(wait);
document.querySelectorAll("[data-seconds]").forEach(lifetime);
document.querySelectorAll("input[autocomplete=one-time-code]").forEach(sendWithTheLastDigit);
document.querySelectorAll("[data-focus-in-view]:not([autofocus])").forEach((field) => { if (isInView(field)) field.focus({ preventScroll: true }); });
document.querySelectorAll("[data-enables]").forEach(enable);
