// Says while somebody types what a new password still lacks; the server checks it all the same.
"use strict";

// Those in the fields beside it, and those that the field itself names.
function ownWords(password) {
  const fields = password.form.querySelectorAll("[name=name], [name=username], [name=email], [autocomplete=username]");
  return Array.from(fields)
    .flatMap((field) => [field.value, field.value.split("@")[0], ...field.value.split(/\s+/)])
    .concat((password.dataset.words || "").split("\n"))
    .map((word) => word.trim().toLowerCase())
    .filter((word) => word.length >= Number(password.dataset.ownLeast));
}

// The one rule that is not met yet, in words; empty where all are.
function unmet(field) {
  const least = Number(field.dataset.least);
  const left = least - Array.from(field.value).length;
  if (left > 0) return left === 1 ? field.dataset.oneMore : field.dataset.more.replace("%n", left);
  const lowered = field.value.toLowerCase();
  const own = ownWords(field).some((word) => lowered.includes(word) && lowered.replaceAll(word, "").length < least);
  return own ? field.dataset.ownWords : "";
}

function lineBelow(field) {
  const place = field.closest(".field");
  const found = place.querySelector("[data-unmet]");
  if (found) return found;
  const line = document.createElement("p");
  line.className = "help";
  line.dataset.unmet = "";
  line.setAttribute("role", "status");
  place.append(line);
  return line;
}

document.addEventListener("input", (event) => {
  const field = event.target;
  if (!field.matches("[data-least]") || field.name.endsWith("2")) return;
  const text = field.value ? unmet(field) : "";
  const line = lineBelow(field);
  if (line.textContent !== text) line.textContent = text;
});

// Only an invitation needs an address: an empty field that was refused is right as soon as a password is chosen. The
// sentence leaves the page, since a screen reader would read it at the field even if it was hidden.
const email = document.querySelector(".making [name=email]");
const refusal = email && !email.defaultValue && document.getElementById(`${email.id}_error`);

document.addEventListener("change", ({ target }) => {
  if (!refusal || target.name !== "invite") return;
  email.setAttribute("aria-invalid", String(target.value === "on"));
  if (target.value === "on") email.after(refusal);
  else refusal.remove();
});
