// Lists by keyboard, and what htmx puts into them. Each of these has a link or a button too.
// Uses what panel.js defines (`all` and others), which the page loads before it.
"use strict";

const ROW_LINKS = "[data-row] th :is(a, summary)";
const typing = (target) => target.closest("input:not([type=checkbox]), textarea, select, dialog") !== null;
const links = () => all(ROW_LINKS).filter((link) => link.checkVisibility());

function step(by) {
  const rows = links();
  const here = rows.indexOf(document.activeElement);
  const next = here < 0 ? 0 : here + by;
  if (rows[next]) rows[next].focus();
}

const keys = {
  "/": () => document.getElementById("search")?.focus(),
  j: () => step(1),
  k: () => step(-1),
  "?": () => document.getElementById("keys")?.showModal(),
};

// Somebody who dictates or uses a screen reader can turn off the keys that are a single character.
const singleKeys = () => kept("single-keys") !== "off";
const singleKeysBox = document.querySelector("[data-single-keys]");
if (singleKeysBox) {
  singleKeysBox.checked = singleKeys();
  singleKeysBox.addEventListener("change", () => keep("single-keys", singleKeysBox.checked ? "on" : "off"));
}

// Escape leaves the form that was opened in a row, else More Information for the row beside it.
function leave(target) {
  const form = target.closest("[data-in-place]");
  const cancel = form?.querySelector("[data-cancel]");
  if (cancel && mayLeave(form)) cancel.click();
  else if (!cancel && target.closest("#more")) all("[data-row].current th a").find((link) => link.checkVisibility())?.focus();
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") leave(event.target);
  else if (singleKeys() && keys[event.key] && !typing(event.target) && document.querySelector(`${ROW_LINKS}, #search`)) {
    event.preventDefault();
    keys[event.key]();
  }
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-keys]")) keys["?"]();
});

const isChanged = (field) => {
  if (field.options) return Array.from(field.options).some((option) => option.selected !== option.defaultSelected);
  return field.checked !== field.defaultChecked || (field.value !== field.defaultValue && field.type !== "hidden");
};

// Asks before what was typed in a form or in several is lost.
function mayLeave(forms) {
  const changed = all(".editing :is(input, select, textarea)", forms).some(isChanged);
  return !changed || confirm(document.getElementById("more").dataset.unsavedQuestion);
}

// A row opens beside the list. Of two that were chosen quickly the newer one stays (hx-sync of #more).
let openedByKeyboard = false;
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-row] th a");
  const more = document.getElementById("more");
  if (!link || !more || !window.htmx || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const leaves = mayLeave(more);
  event.preventDefault();
  openedByKeyboard = event.isTrusted && event.detail === 0;
  if (leaves) htmx.ajax("GET", link.href, { source: more, target: more, swap: "innerHTML", push: "true" });
});

// Of whatever is chosen in a list the newest counts, together with what was typed or chosen just before: an address
// that stands in the page may be older than that.
document.addEventListener("htmx:config:request", (event) => {
  const { ctx } = event.detail;
  const source = ctx.sourceElement;
  const form = document.getElementById("filters");
  if (!form || !source.matches("[data-filters], [data-sort], [data-period], [data-chip]:not([data-chip=''])")) return;
  const asked = filled(form);
  if (source !== form) {
    const { sort, period, chip } = source.dataset;
    if (sort) asked.set("sort", new URL(source.href).searchParams.get("sort"));
    if (period) ["from", "to"].forEach((day) => asked.delete(day));
    if (period) asked.set("period", period);
    asked.delete(chip);
  } else if (ctx.sourceEvent?.type === "change") {
    ctx.push = "true";
    ctx.replace = null;
  }
  ctx.request.action = location.pathname;
  ctx.request.body = asked;
});

// What the filters say now; empty fields belong to no address.
function filled(form) {
  const asked = new FormData(form);
  for (const [name, value] of [...asked]) if (value === "") asked.delete(name);
  return asked;
}

// A filter that is taken away by its chip is taken away above the table too.
function showFilters() {
  const form = document.getElementById("filters");
  const asked = new URLSearchParams(location.search);
  if (!form) return;
  all("select[name], [data-live]", form).forEach((field) => {
    if (field !== document.activeElement) field.value = asked.get(field.name) || "";
  });
}

function markRow() {
  all("[data-row]").forEach((row) => {
    const current = row.classList.toggle("current", row.dataset.row === location.pathname);
    all("th a", row).forEach((link) => (current ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current")));
  });
}

// The pencil to which the cursor goes back when a form is left.
function cancelled(event) {
  return event?.target?.closest?.("[data-cancel]")?.dataset.cancel;
}

// The form that a pencil opened, or that was sent and came back.
function formOf(source) {
  const pencil = source?.dataset.inPlace || source?.id || "";
  return document.querySelector(`.editing[id="${pencil.replace("pencil-", "")}"]`);
}

// Where the cursor goes when the list was put in place from within: to the same heading, the next filter, the first row.
function stay({ dataset }) {
  if (dataset.period) document.querySelector(`[data-period="${dataset.period}"]`)?.focus();
  else if (dataset.sort) document.querySelector(`[data-sort="${dataset.sort}"]`)?.focus();
  else if (dataset.chip !== undefined) (document.querySelector("[data-chip]") || document.getElementById("search"))?.focus();
  else if (dataset.page !== undefined) (links()[0] || document.querySelector("#list [data-sort]"))?.focus();
}

function showCount() {
  const count = document.querySelector("[data-list-status]");
  if (count) count.textContent = document.querySelector("#list [data-count-text], #list .empty p")?.textContent.trim() || "";
}

// The file has the rows of the list that is shown, its times in the zone that is shown.
function exportShown() {
  const link = document.querySelector("[data-export]");
  if (!link) return;
  const asked = new URLSearchParams(location.search);
  asked.delete("cursor");
  if (inLocalTime()) asked.set("zone", Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC");
  link.search = asked;
}

const times = document.querySelector("[data-times]");
if (times) {
  times.value = inLocalTime() ? "local" : "utc";
  times.addEventListener("change", () => {
    keep("times", times.value);
    all("time[datetime]").forEach(showTime);
    exportShown();
  });
  exportShown();
}

// A press anywhere in a row opens it, where there is nothing else to press and nothing is being marked.
document.addEventListener("click", (event) => {
  const row = event.target.closest("[data-row]");
  if (!row || event.target.closest("a, button, label, input, summary, details") || String(getSelection())) return;
  row.querySelector("th :is(a, summary)")?.click();
});

// A form that is left or sent leaves the others beside it as they are, with what was typed there.
function keepOtherForms(left, tasks) {
  const more = document.getElementById("more");
  if (!more || left === more || !more.contains(left)) return;
  all(".editing", more).filter((row) => !row.contains(left)).forEach(({ id }) => {
    tasks.forEach(({ fragment }) => fragment?.querySelector(`[id="${id}"]`)?.setAttribute("hx-preserve", ""));
  });
}

// Somebody who can't see that another row was chosen is told. By keyboard, or where the list has made room, the focus
// goes there.
function tellOfMore() {
  const heading = document.querySelector("#more h2");
  const status = document.querySelector("[data-more-status]");
  if (!heading || !status) return;
  const stays = !openedByKeyboard && (document.getElementById("list").checkVisibility?.() ?? true);
  status.textContent = stays ? `${heading.closest("section").getAttribute("aria-label")}: ${heading.textContent.trim()}` : "";
  if (!stays) heading.focus();
}

// A screen reader tells what changes in a region that is there, not what comes with one: the message is put in again.
function tellOfMessage(message) {
  message.dataset.told = "";
  message.setAttribute("aria-busy", "true");
  message.parentElement.style.setProperty("--message", `${message.offsetHeight}px`);
  message.scrollIntoView({ block: "nearest" });
  setTimeout(() => {
    message.removeAttribute("aria-busy");
    message.replaceChildren(...message.cloneNode(true).childNodes);
  }, 150);
}

function edit(row) {
  if (row && !row.contains(document.activeElement)) {
    (row.querySelector("input:checked") || row.querySelector("input:not([type=hidden]), select, textarea"))?.focus();
  }
  row?.scrollIntoView({ block: "nearest" });
}

// No answer, or an error that isn't the panel's but a proxy's, takes the place of nothing: what was typed stays. A page
// that asks again by itself says nothing of it.
const isOurs = ({ status, headers }) => status < 400 || headers.has("HX-Retarget") || headers.has("HX-Part");
const tellUnreachable = (source) => source.matches("[hx-trigger^=every]") || say(said?.dataset.unreachable, 20000);

document.addEventListener("htmx:before:request", () => { if (said) said.textContent = ""; });
document.addEventListener("htmx:before:response", (event) => {
  if (isOurs(event.detail.ctx.response)) return;
  event.preventDefault();
  tellUnreachable(event.detail.ctx.sourceElement);
});
document.addEventListener("htmx:error", ({ detail: { ctx } }) => {
  if (ctx && ctx.text === undefined) tellUnreachable(ctx.sourceElement);
});

// After the swap htmx names the new list as its source, where the link that asked for it went with the old one.
let source;
document.addEventListener("htmx:before:swap", (event) => {
  source = event.detail.ctx.sourceElement;
  keepOtherForms(source, event.detail.tasks);
});

document.addEventListener("htmx:after:swap", (event) => {
  const { ctx } = event.detail;
  wake();
  showFilters();
  markRow();
  if (ctx.target?.id === "list") {
    if (ctx.sourceEvent?.type !== "refresh") showCount(); // nobody has asked for another list
    exportShown();
    stay(source);
  }
  if (source?.id === "more") tellOfMore();
  if (ctx.request?.method === "POST") document.getElementById("filters")?.dispatchEvent(new Event("refresh"));
  const left = document.getElementById(ctx.request?.form?.dataset.inPlace || cancelled(ctx.sourceEvent) || "");
  if (left) left.focus();
  else edit(formOf(source));
  all("#more > [role=status]:not([data-told]), #progress:not([data-told])").forEach(tellOfMessage);
});
