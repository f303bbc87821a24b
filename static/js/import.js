// A file that is dropped anywhere on the page is the one that the form sends; without script it is chosen there.
"use strict";

const dropField = document.querySelector("[data-drop] input[type=file]");
const holdsFiles = (event) => dropField && Array.from(event.dataTransfer.types).includes("Files");

document.addEventListener("dragover", (event) => {
  if (!holdsFiles(event)) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = "copy";
  document.body.classList.add("dropping");
});

["dragleave", "drop"].forEach((type) => document.addEventListener(type, (event) => {
  if (type === "drop" || event.relatedTarget === null) document.body.classList.remove("dropping");
}));

document.addEventListener("drop", (event) => {
  if (!holdsFiles(event)) return;
  event.preventDefault();
  dropField.files = event.dataTransfer.files;
  dropField.form.requestSubmit();
});
