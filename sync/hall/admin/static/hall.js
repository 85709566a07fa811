// Comfort only: every page works without it.
"use strict";

// A text area is as high as its text.
const fit = (area) => {
  area.style.height = "auto";
  area.style.height = area.scrollHeight + 2 + "px";
};
for (const area of document.querySelectorAll("textarea")) {
  fit(area);
  area.addEventListener("input", () => fit(area));
  if (area.rows === 1) area.addEventListener("keydown", (e) => { if (e.key === "Enter" && !e.ctrlKey && !e.metaKey) e.preventDefault(); });
}

// Unsaved texts are asked about before the page is left, and marked where they stand.
const edit = document.querySelector("form.edit");
if (edit) {
  let saving = false;
  const differs = (field) => field.value !== field.defaultValue;
  edit.addEventListener("input", (e) => e.target.classList.toggle("changed", differs(e.target)));
  edit.addEventListener("submit", () => { saving = true; });
  addEventListener("beforeunload", (e) => {
    if (!saving && [...edit.elements].some((f) => f.name && f.type !== "hidden" && differs(f))) e.preventDefault();
  });
  edit.addEventListener("keydown", (e) => {
    if ((e.ctrlKey || e.metaKey) && e.key === "s") {
      e.preventDefault();
      edit.requestSubmit();
    }
  });
}

// A form is sent once, however often its button is pressed.
for (const form of document.querySelectorAll("form[method=post]")) {
  let sent = false;
  form.addEventListener("submit", (e) => {
    if (sent) e.preventDefault();
    sent = true;
  });
}
addEventListener("pageshow", (e) => { if (e.persisted) location.reload(); });

// The pages that tell how things are look again by themselves, while nobody types, points or reads elsewhere.
const live = document.querySelector("[data-live]");
if (live) {
  setInterval(() => {
    if (!document.hidden && !["INPUT", "SELECT", "TEXTAREA"].includes(document.activeElement.tagName)) location.reload();
  }, 30000);
}

// "/" goes to the search, as in other programs.
addEventListener("keydown", (e) => {
  if (e.key !== "/" || e.ctrlKey || e.metaKey || e.altKey || /INPUT|SELECT|TEXTAREA/.test(document.activeElement.tagName)) return;
  const search = document.querySelector("input[type=search]");
  if (search) {
    e.preventDefault();
    search.focus();
  }
});
