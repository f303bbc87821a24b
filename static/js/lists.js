// Lists by keyboard, and what htmx puts into them. Rule: each of these has a link or a button too.
"use strict";

const ROW_LINKS = "[data-row] th a";
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

function leave(target) {
  const menu = target.closest("[data-menu][open]") || document.querySelector("[data-menu][open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  } else target.closest("[data-in-place]")?.querySelector("[data-cancel]")?.click();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") leave(event.target);
  else if (keys[event.key] && !typing(event.target) && document.querySelector(`${ROW_LINKS}, #search`)) {
    event.preventDefault();
    keys[event.key]();
  }
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-keys]")) keys["?"]();
  all("[data-menu][open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
});

// A row opens beside the list. Of two that were chosen quickly the newer one stays (hx-sync of #more).
document.addEventListener("click", (event) => {
  const link = event.target.closest(ROW_LINKS);
  const more = document.getElementById("more");
  if (!link || !more || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  htmx.ajax("GET", link.href, { source: more, target: more, swap: "innerHTML", push: "true" });
});

// The list belongs to the page that is shown now, and empty fields to no address.
document.addEventListener("htmx:config:request", (event) => {
  const { ctx } = event.detail;
  if (!ctx.sourceElement.matches("[data-filters]")) return;
  ctx.request.action = location.pathname;
  for (const [name, value] of [...ctx.request.body]) if (value === "") ctx.request.body.delete(name);
});

// A filter that is taken away by its chip is taken away above the table too.
function showFilters() {
  const form = document.getElementById("filters");
  const asked = new URLSearchParams(location.search);
  if (!form) return;
  all("select, input[type=search]", form).forEach((field) => {
    if (field !== document.activeElement) field.value = asked.get(field.name) || "";
  });
}

function markRow() {
  all(ROW_LINKS).forEach((link) => {
    const chosen = new URL(link.href).pathname === location.pathname;
    link.closest("[data-row]").classList.toggle("current", chosen);
  });
}

// The pencil to which the cursor goes back when a form is left.
function cancelled(event) {
  return event?.target?.closest?.("[data-cancel]")?.dataset.cancel;
}

document.addEventListener("htmx:after:swap", (event) => {
  const { ctx } = event.detail;
  wake();
  showFilters();
  markRow();
  if (ctx.request?.method === "POST") document.getElementById("filters")?.dispatchEvent(new Event("refresh"));
  const editing = document.querySelector(".editing");
  if (editing && !editing.contains(document.activeElement)) editing.querySelector(":checked, input:not([type=hidden])")?.focus();
  editing?.scrollIntoView({ block: "nearest" });
  const pencil = ctx.request?.form?.dataset.inPlace || cancelled(ctx.sourceEvent);
  if (pencil) document.getElementById(pencil)?.focus();
});
