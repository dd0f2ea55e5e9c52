// The explorer, quicker: its links and forms swap in what their own addresses answer, a stretch of the histogram is
// chosen by mouse, touch or keys, rows are walked by letters, and new events announce themselves. Without this, the
// same links and forms lead to the same pages.

const root = () => document.querySelector("#explore");
const bare = (url) => url.split("#")[0];
let shown = bare(location.href);
let feed;
let asking;

// Swapping.

async function fetched(url, signal) {
  const answer = await fetch(url, { signal, headers: { accept: "text/html" } });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return answer.ok ? page.querySelector("#explore") : null;
}

async function go(url, { push = true } = {}) {
  asking?.abort();
  asking = new AbortController();
  root().setAttribute("aria-busy", "true");
  try {
    const fresh = await fetched(url, asking.signal);
    // A problem, or the page to sign in at: it is to be seen as it is.
    if (!fresh) return location.assign(url);
    const focus = document.activeElement?.id;
    const folded = document.querySelector(".facets details")?.open;
    root().replaceWith(document.adoptNode(fresh));
    if (push) history.pushState(null, "", url);
    shown = bare(location.href);
    ready(folded);
    const place = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (place) place.scrollIntoView();
    else if (push) scrollTo(0, 0);
    (document.getElementById(focus) ?? document.querySelector(".total"))?.focus({ preventScroll: true });
  } catch (error) {
    if (error.name !== "AbortError") location.assign(url);
  }
}

// What is counted comes later than the rows, and is put in beside them: nothing else is touched.
async function counts(later) {
  const here = root();
  const fresh = await fetched(later.href).catch(() => null);
  if (!fresh || here !== root()) return;
  const [figure, facets] = [fresh.querySelector(".histogram"), fresh.querySelector(".facets")];
  const found = here.querySelector(".found");
  if (facets) {
    found.before(document.adoptNode(facets));
    found.parentElement.classList.add("split");
  }
  if (figure) later.parentElement.replaceWith(document.adoptNode(figure));
  else later.parentElement.remove();
  drawn();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("#explore a[href]");
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  const url = new URL(link.href.baseVal ?? link.href, location.href);
  if (url.pathname !== "/events" || url.origin !== location.origin) return;
  // Where a drag ended nothing was clicked.
  if (link.closest(".dragged")) return event.preventDefault();
  // A fragment of this very page is the browser's business.
  if (url.hash && bare(url.href) === bare(location.href)) return;
  event.preventDefault();
  go(url.href);
});

document.addEventListener("submit", (event) => {
  if (!event.target.matches("#explore form.ask")) return;
  event.preventDefault();
  const asked = new URLSearchParams([...new FormData(event.target)].filter(([, value]) => value !== ""));
  go(`/events?${asked}`.replace(/\?$/, ""));
});

addEventListener("popstate", () => root() && bare(location.href) !== shown && go(location.href, { push: false }));

// The histogram: two handles between which a stretch lies.

function histogram(figure) {
  const bounds = figure.dataset.bounds.split(" ");
  const names = figure.dataset.names.split("|");
  const plot = figure.querySelector(".plot");
  const ends = [0, bounds.length - 1];
  const make = (kind, properties) => Object.assign(document.createElement(kind), properties);
  const shade = make("div", { className: "shade", hidden: true });
  const zoom = make("button", { type: "button", className: "button zoom", textContent: "Zoom in", hidden: true });
  const handles = ["Begin", "End"].map((label, side) => {
    const handle = make("div", { className: "handle", tabIndex: 0 });
    handle.setAttribute("role", "slider");
    handle.setAttribute("aria-label", `${label} of the stretch to zoom into`);
    handle.setAttribute("aria-valuemin", 0);
    handle.setAttribute("aria-valuemax", bounds.length - 1);
    handle.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10 }[event.key];
      if (step) move(side, ends[side] + step);
      else if (event.key === "Home") move(side, 0);
      else if (event.key === "End") move(side, bounds.length - 1);
      else if (event.key === "Enter") enter();
      else if (event.key === "Escape") reset();
      else return;
      event.preventDefault();
    });
    return handle;
  });
  const chosen = () => ends[0] > 0 || ends[1] < bounds.length - 1;
  function move(side, to) {
    ends[side] = side ? Math.min(bounds.length - 1, Math.max(to, ends[0] + 1)) : Math.max(0, Math.min(to, ends[1] - 1));
    draw();
  }
  function reset() {
    [ends[0], ends[1]] = [0, bounds.length - 1];
    draw();
  }
  function enter() {
    if (!chosen()) return;
    const url = new URL(figure.dataset.base, location.href);
    url.searchParams.set("from", bounds[ends[0]]);
    url.searchParams.set("to", bounds[ends[1]]);
    go(url.href);
  }
  function draw() {
    const place = (n) => `${(n / (bounds.length - 1)) * 100}%`;
    handles.forEach((handle, side) => {
      handle.style.left = place(ends[side]);
      handle.setAttribute("aria-valuenow", ends[side]);
      const name = names[side ? ends[1] - 1 : ends[0]] ?? "";
      handle.setAttribute("aria-valuetext", `${side ? "after" : "from"} ${name}`);
    });
    shade.style.left = place(ends[0]);
    shade.style.width = place(ends[1] - ends[0]);
    shade.hidden = zoom.hidden = !chosen();
  }
  const at = (event) => {
    const box = plot.getBoundingClientRect();
    return Math.min(0.99999, Math.max(0, (event.clientX - box.left) / box.width)) * (bounds.length - 1);
  };
  let start = null;
  plot.addEventListener("pointerdown", (event) => {
    if (event.button || event.target.closest("button")) return;
    const side = handles.indexOf(event.target);
    start = { x: event.clientX, from: side < 0 ? at(event) : side ? ends[0] + 0.5 : ends[1] - 0.5, moved: false };
    if (side < 0) start.bar = Math.floor(start.from);
  });
  plot.addEventListener("pointermove", (event) => {
    if (!start || (!start.moved && Math.abs(event.clientX - start.x) < 5)) return;
    if (!start.moved) plot.setPointerCapture(event.pointerId);
    start.moved = true;
    plot.classList.add("dragged");
    const [a, b] = [start.from, at(event)].sort((x, y) => x - y);
    [ends[0], ends[1]] = [Math.floor(a), Math.floor(b) + 1];
    draw();
  });
  plot.addEventListener("pointerup", () => {
    if (start?.moved) enter();
    start = null;
    setTimeout(() => plot.classList.remove("dragged"));
  });
  plot.addEventListener("pointercancel", () => (start = null));
  plot.addEventListener("dragstart", (event) => event.preventDefault());
  zoom.addEventListener("click", enter);
  plot.append(shade, ...handles);
  figure.querySelector(".under").append(zoom);
  draw();
  figure.zoomIn = () => {
    const bars = bounds.length - 1;
    if (bars < 2) return;
    // The half in the middle, when nothing is chosen.
    const begin = Math.ceil(bars / 4);
    if (!chosen()) [ends[0], ends[1]] = [begin, Math.max(begin + 1, Math.floor((bars * 3) / 4))];
    enter();
  };
}

// New events.

function listen() {
  feed?.close();
  if (document.hidden) return;
  const { newer, latest } = root().dataset;
  feed = new EventSource(newer);
  feed.addEventListener("newer", (event) => {
    const { count } = JSON.parse(event.data);
    const link = Object.assign(document.createElement("a"), { href: latest });
    link.textContent = count === null ? "There are newer events" : `${count.toLocaleString("en")} newer ${count === 1 ? "event" : "events"}`;
    document.querySelector("#newer")?.replaceChildren(link);
    document.dispatchEvent(new Event("newer"));
  });
}
// A page that nobody looks at needs no connection, of which browsers have few for each site.
document.addEventListener("visibilitychange", () => (document.hidden ? feed?.close() : root() && listen()));
addEventListener("pagehide", () => feed?.close());
addEventListener("pageshow", (event) => event.persisted && listen());

// Suggestions for the word that is being typed.

let waiting;
document.addEventListener("input", (event) => {
  if (event.target.id !== "q") return;
  clearTimeout(waiting);
  waiting = setTimeout(async () => {
    const field = event.target;
    const word = field.value.slice(0, field.selectionStart).match(/[^\s()]*$/)[0];
    const list = document.querySelector("#suggestions");
    if (!list || word.replace("-", "").length < 1) return list?.replaceChildren();
    const answer = await fetch(`/api/suggest?${new URLSearchParams({ start: word })}`).catch(() => null);
    if (!answer?.ok || field.selectionStart !== field.value.length) return;
    const before = field.value.slice(0, field.value.length - word.length) + (word.startsWith("-") ? "-" : "");
    const { data } = await answer.json();
    list.replaceChildren(...data.map(({ text, count, help }) => {
      const option = Object.assign(document.createElement("option"), { value: before + text });
      option.label = help ?? `${text} (${count})`;
      return option;
    }));
  }, 150);
});

// Rows.

function rows() {
  // Browsers give a clipboard to safe addresses only.
  if (!navigator.clipboard) return;
  for (const list of document.querySelectorAll(".rows ul[data-copy]")) {
    if (list.querySelector("button")) continue;
    const button = Object.assign(document.createElement("button"), { type: "button", className: "link", textContent: "Copy" });
    button.addEventListener("click", async () => {
      const done = await navigator.clipboard.writeText(list.dataset.copy).then(() => true, () => false);
      button.textContent = done ? "Copied" : "The browser does not let me copy";
    });
    const item = document.createElement("li");
    item.append(button);
    list.append(item);
  }
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || !root() || localStorage.getItem("keys") === "off") return;
  if (event.target.closest("input, select, textarea, [role=slider]")) return;
  const follow = (selector) => document.querySelector(selector)?.click();
  const at = [...document.querySelectorAll(".rows .at")];
  const here = document.activeElement?.closest(".rows tr")?.querySelector(".at");
  const filter = () => {
    const active = document.activeElement;
    return active?.dataset?.not ? active : active?.closest(".rows tr")?.querySelector("a[data-not]");
  };
  switch (event.key) {
    case "j": return at[Math.min(at.indexOf(here) + 1, at.length - 1)]?.focus();
    case "k": return at[Math.max(at.indexOf(here) - 1, 0)]?.focus();
    case "f": return filter()?.click();
    case "F": return filter() && go(new URL(filter().dataset.not, location.href).href);
    case "[": return history.back();
    case "]": return follow('.below a[rel="next"]');
    case "z": return document.querySelector(".histogram")?.zoomIn();
    case "Z": return follow(".histogram .out");
  }
});

// A menu closes when another is opened, by a click elsewhere, or by Escape.
document.addEventListener("pointerdown", (event) => {
  for (const menu of document.querySelectorAll(".acts details[open]")) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("toggle", (event) => {
  if (!event.target.matches?.(".acts details[open]")) return;
  for (const other of document.querySelectorAll(".acts details[open]")) if (other !== event.target) other.open = false;
}, true);
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && event.target.closest?.(".acts details[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// What belongs to the histogram and the facets, once they are there.
function drawn(open) {
  const figure = document.querySelector(".histogram");
  if (figure) histogram(figure);
  const facets = document.querySelector(".facets details");
  if (facets) facets.open = open ?? !matchMedia("(max-width: 900px)").matches;
}

// The list was renewed in place.
document.addEventListener("renewed", ({ detail: fresh }) => {
  const folded = document.querySelector(".facets details")?.open;
  for (const part of [".histogram", ".facets"]) {
    const [was, is] = [root().querySelector(part), fresh.querySelector(part)];
    if (was && is) was.replaceWith(document.adoptNode(is));
  }
  drawn(folded);
  rows();
  listen();
});

function ready(open) {
  drawn(open);
  document.querySelector(".total")?.setAttribute("tabindex", "-1");
  rows();
  listen();
  document.dispatchEvent(new Event("shown"));
  const later = document.querySelector("[data-later]");
  if (later) counts(later);
}
if (root()) ready();
