// Comforts only: without this, all pages work as they are.

// The colours change in place instead of by a new page.
const order = ["system", "light", "dark"];
document.querySelector('form[action="/theme"]')?.addEventListener("submit", (event) => {
  event.preventDefault();
  const root = document.documentElement;
  const theme = order[(order.indexOf(root.dataset.theme) + 1) % order.length];
  root.dataset.theme = theme;
  const age = theme === "system" ? 0 : 31536000;
  document.cookie = `theme=${theme}; Path=/; Max-Age=${age}; SameSite=Lax`;
  const button = event.target.querySelector("button");
  const next = order[(order.indexOf(theme) + 1) % order.length];
  button.value = next;
  button.title = `Colours: ${theme}; change to ${next}`;
  button.querySelector(".glyph").className = `glyph ${theme}`;
  button.querySelector(".aside").textContent = `Colours: ${theme}`;
});

// Addresses stay short: what is left empty in a form is not asked for.
for (const form of document.querySelectorAll('form[method="get"]')) {
  form.addEventListener("formdata", ({ formData }) => {
    for (const [name, value] of [...formData]) if (value === "") formData.delete(name);
  });
}

// Keys. They can be switched off on the page of help, which keeps "off" under "keys".
const places = { h: "/", r: "/reports", p: "/places", s: "/sources", e: "/events", t: "/timeline" };
let went = 0;
const typing = (target) => target.closest("input, select, textarea, [contenteditable]");
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (localStorage.getItem("keys") === "off") return;
  if (Date.now() - went < 1500 && places[event.key]) location.assign(places[event.key]);
  else if (event.key === "?") location.assign("/help#keys");
  else if (event.key === "/") {
    const field = document.querySelector("input[data-search], .asking input");
    if (field) {
      event.preventDefault();
      field.focus();
    }
  }
  went = event.key === "g" ? Date.now() : 0;
});
const keys = document.querySelector("#keys-on");
if (keys) {
  keys.closest("[hidden]")?.removeAttribute("hidden");
  keys.checked = localStorage.getItem("keys") !== "off";
  keys.addEventListener("change", () => localStorage.setItem("keys", keys.checked ? "on" : "off"));
}
