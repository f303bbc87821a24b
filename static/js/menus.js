// Menus that open (details with data-menu): Escape and a click elsewhere close them, arrows move within.
// Without this file they open and close all the same.
// Uses `all` of panel.js, which the page loads before it.
"use strict";

(() => {
  // What a menu opens stands beside it where it is a part of the page's own navigation.
  const whole = (menu) => menu.closest("[data-menu-whole]") || menu;
  const items = (menu) => all("a, button", whole(menu)).filter((item) => item.checkVisibility());
  const opened = () => all("[data-menu][open]");

  function move(event) {
    const menu = event.target.closest("[data-menu]") || opened().find((each) => whole(each).contains(event.target));
    if (!menu) return;
    const down = event.key === "ArrowDown";
    if (!menu.open && !down) return;
    menu.open = true;
    const found = items(menu);
    const here = found.indexOf(document.activeElement);
    const next = here < 0 && !down ? found.at(-1) : found[(here + (down ? 1 : -1) + found.length) % found.length];
    event.preventDefault();
    next?.focus();
  }

  function close(event) {
    const menu = opened().find((each) => whole(each).contains(event.target)) || opened()[0];
    if (!menu) return;
    event.preventDefault();
    menu.open = false;
    menu.querySelector("summary").focus();
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") close(event);
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") move(event);
  });

  const closeOthers = (event) => opened().forEach((menu) => { if (!whole(menu).contains(event.target)) menu.open = false; });
  document.addEventListener("click", closeOthers);
  document.addEventListener("focusin", closeOthers);
})();
