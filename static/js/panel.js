// What the pages gain by script, by subject: what other files use too, copying and passwords, forms that are sent
// once, selected rows, times. Lists and rows are in lists.js.
// Every page works without this file; whatever needs it is hidden until it runs.
"use strict";

// --- What other files use too

const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));
const said = document.getElementById("said");
let silence;

function say(text, milliseconds = 4000) {
  if (!said) return;
  clearTimeout(silence);
  said.textContent = text;
  silence = setTimeout(() => { said.textContent = ""; }, milliseconds);
}

// Calls `draw` with the seconds left, at once and then every second, until none are left. A phone that slept is right
// again with the next call, because the end is a moment and not a number of calls.
function countDown(seconds, draw) {
  const end = Date.now() + seconds * 1000;
  const step = () => {
    const left = Math.max(0, Math.ceil((end - Date.now()) / 1000));
    draw(left);
    if (left > 0) setTimeout(step, 1000);
  };
  step();
}

function inWords(seconds) {
  const [number, unit] = seconds <= 120 ? [seconds, "second"] : [Math.ceil(seconds / 60), "minute"];
  return new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit, unitDisplay: "long" }).format(number);
}

// Choices that are kept in this browser.
function kept(name) {
  try { return localStorage.getItem(name); } catch { return null; }
}

function keep(name, choice) {
  try { localStorage.setItem(name, choice); } catch { /* storage is blocked: the choice is for this page */ }
}

// --- Copy, print, show a password; one question before codes are left unsaved

let saved = false;

function copyBySelection(text) {
  const area = document.createElement("textarea");
  area.value = text;
  area.readOnly = true;
  area.className = "visually-hidden";
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}

// The clipboard interface exists only on https and loopback addresses; the old command works everywhere else.
async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

async function copy(button) {
  const source = document.querySelector(button.dataset.copy);
  if (!source) return;
  const done = await copyText(source.dataset.copyText || source.innerText.trim());
  button.focus();
  if (done) saved = true;
  say(done ? said.dataset.copied : said.dataset.failed);
}

function togglePassword(button) {
  const input = document.getElementById(button.dataset.showPassword);
  const show = input.type === "password";
  input.type = show ? "text" : "password";
  button.setAttribute("aria-pressed", String(show));
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy], [data-print], button[data-show-password], a[download]");
  if (!button) return;
  if (button.matches("[data-copy]")) copy(button);
  else if (button.matches("[data-show-password]")) togglePassword(button);
  else saved = true;
  if (button.matches("[data-print]")) window.print();
});

// Browsers ask only where something was clicked or typed before, and complain in the console otherwise.
function askOnce(event) {
  if (saved) return;
  event.preventDefault();
  saved = true;
  setTimeout(releaseAll, 100); // runs only for someone who chose to stay
}

if (document.querySelector("[data-unsaved]")) {
  const arm = () => window.addEventListener("beforeunload", askOnce);
  ["pointerdown", "keydown"].forEach((type) => document.addEventListener(type, arm, { once: true }));
}

// --- Forms are sent once

// Buttons go dead a moment after the submit event: a disabled one would not send its own name and value.
function hold(form) {
  const buttons = all("button:not([disabled])", form);
  setTimeout(() => buttons.forEach((button) => { button.disabled = true; }), 0);
  setTimeout(() => release(form, buttons), form.dataset.work ? 60000 : 8000);
}

function release(form, buttons) {
  delete form.dataset.sent;
  buttons.forEach((button) => { button.disabled = false; });
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || form.dataset.inPlace) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  all("button[data-show-password][aria-pressed=true]", form).forEach(togglePassword);
  form.dataset.sent = "yes";
  if (form.dataset.work && event.submitter?.name === "confirm") document.querySelector(form.dataset.work).hidden = false;
  hold(form);
});

function releaseAll() {
  all("form[data-sent]").forEach((form) => release(form, all("button[disabled]", form)));
}

// A page taken back from the browser's memory must be usable again.
window.addEventListener("pageshow", (event) => { if (event.persisted) releaseAll(); });

// After a form the way to an application goes by a page: its link or form is followed at once.
all("a[data-onward]").forEach((link) => location.replace(link.href));
all("form[data-onward]").forEach((form) => form.requestSubmit());

// --- Selected rows

function boxes(master) {
  return all(`input[type=checkbox][name="${master.dataset.selectAll}"]`, master.form || document);
}

function showSelection(master) {
  const rows = boxes(master);
  const chosen = rows.filter((box) => box.checked).length;
  master.checked = chosen > 0 && chosen === rows.length;
  master.indeterminate = chosen > 0 && chosen < rows.length;
}

function showBar(bar) {
  const form = bar.closest("form");
  const chosen = all("input[name=ids]:checked", form).length;
  const count = bar.querySelector("[data-count]");
  const matching = bar.querySelector("[data-matching]:checked")?.dataset.matching;
  count.textContent = chosen === 1 ? count.dataset.one : count.dataset.many.replace("N", matching || chosen);
  bar.hidden = chosen === 0;
  form.style.setProperty("--bar", `${bar.offsetHeight}px`);
  if (form.querySelector(".rows")?.contains(document.activeElement)) document.activeElement.scrollIntoView({ block: "nearest" });
}

// All who match are selected with all on this page, and no longer once one of these is taken away.
function select(box) {
  if (box.matches("[data-select-all]")) boxes(box).forEach((each) => { each.checked = box.checked; });
  if (box.matches("[data-matching]") && box.checked) all("input[name=ids]", box.form).forEach((each) => { each.checked = true; });
  else if (!box.checked) all("[data-matching]", box.form || document).forEach((each) => { each.checked = false; });
}

document.addEventListener("change", (event) => {
  if (event.target.matches("input[type=checkbox]")) select(event.target);
  all("[data-select-all]").forEach(showSelection);
  all("[data-selection]").forEach(showBar);
});

// --- Times, and the fields for one

// Whether times are shown in the browser's zone, which is chosen in the logs.
const inLocalTime = () => kept("times") !== "utc";

// "3 minutes ago" within a day, else date and time of this browser's zone; the title keeps UTC.
function showTime(element) {
  const language = document.documentElement.lang.replace(/^en$/, "en-GB");
  const at = new Date(element.dateTime);
  element.title ||= element.textContent.trim();
  element.textContent = inLocalTime() ? relative(element, at, language) || local(element, at, language) : element.title;
}

function relative(element, at, language) {
  const seconds = Math.round((at - Date.now()) / 1000);
  const units = [["second", 1, 60], ["minute", 60, 3600], ["hour", 3600, 86400]];
  const fit = element.dataset.form === "relative" && units.find(([, , below]) => Math.abs(seconds) < below);
  return fit && new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(Math.trunc(seconds / fit[1]), fit[0]);
}

function local(element, at, language) {
  const { form } = element.dataset;
  if (form === "day") return at.toLocaleDateString(language, { dateStyle: "medium" });
  return at.toLocaleString(language, { dateStyle: "medium", timeStyle: form === "exact" ? "medium" : "short", hour12: false });
}

// "3 minutes ago" grows older, also while the page was not looked at.
const ageTimes = () => { if (!document.hidden) all("time[data-form=relative]").forEach(showTime); };
setInterval(ageTimes, 60_000);
document.addEventListener("visibilitychange", ageTimes);

// A moment in the browser's own zone: the zone is filled in, and UTC is shown beside the local time. Half a date would
// keep the form from being sent where 2FA is not required.
function showMoment(input) {
  if (input.validity.badInput && input.form.querySelector("[name$=required][value=no]:checked")) input.value = "";
  const zone = input.form.querySelector("[data-zone]");
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const shown = input.parentElement.querySelector("output") || input.parentElement.appendChild(document.createElement("output"));
  if (zone.value === "UTC" && !input.value && here) zone.value = here;
  const known = input.value && (zone.value === here || zone.value === "UTC");
  const moment = known && new Date(zone.value === "UTC" ? `${input.value}Z` : input.value);
  shown.textContent = moment && !isNaN(moment) ? `${moment.toISOString().slice(0, 16).replace("T", " ")} UTC = ${moment.toLocaleString()}` : "";
}

document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (form) all("[data-moment]", form).forEach(showMoment);
});

// --- What a page has from the start, and what htmx puts into it later

function wake() {
  all("[data-script]").forEach((element) => { element.hidden = false; });
  if (!window.htmx) all("[data-plain]").forEach((element) => { element.classList.add("needed"); });
  all("[data-select-all]").forEach(showSelection);
  all("[data-selection]").forEach(showBar);
  all("time[datetime]").forEach(showTime);
  all("[data-moment]").forEach(showMoment);
}

wake();
