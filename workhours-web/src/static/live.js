// The explorer, live: new events come into the list by themselves while its first page is open, the newest first. While
// someone reads further down, or has something open or marked, the list stands still and says how many are waiting.

const MOST = 500;
const PAUSE = 1000;
const root = () => document.querySelector("#explore");
const body = () => root()?.querySelector(".rows tbody") ?? null;
const id = (row) => row.querySelector(".at")?.getAttribute("href");

let on = sessionStorage.getItem("live") === "on";
let waits = false;
let busy = false;

const reads = () => {
  const marked = getSelection();
  const list = body();
  const inList = list !== null && ((!marked.isCollapsed && list.contains(marked.anchorNode))
    || list.contains(document.activeElement)
    || list.querySelector("details[open]") !== null);
  const chooses = root().querySelector(".histogram .dragged, .histogram .handle:focus, .facets a:focus") !== null;
  return scrollY > 200 || document.hidden || inList || chooses;
};

function show() {
  const place = document.querySelector("#newer");
  if (!place || root().dataset.live === undefined) return document.querySelector(".live")?.remove();
  let live = document.querySelector(".live");
  if (!live) {
    live = Object.assign(document.createElement("p"), { className: "live" });
    const button = Object.assign(document.createElement("button"), { type: "button", className: "button", textContent: "Live" });
    button.title = "Show new events as they come (l)";
    button.addEventListener("click", () => turn(!on));
    live.append(button, Object.assign(document.createElement("span"), { className: "dim" }));
    place.before(live);
  }
  live.querySelector("button").setAttribute("aria-pressed", on);
  live.querySelector("span").textContent = !on ? "" : waits && reads() ? "paused while you read" : "new events come in by themselves";
}

function turn(to) {
  on = to;
  sessionStorage.setItem("live", on ? "on" : "off");
  show();
  if (on) update();
}

/** Takes the rows of the newest page: what is new comes above what is there, and what is gone goes. */
function merge(fresh) {
  const [list, page] = [body(), [...fresh.querySelectorAll(".rows tbody tr")]];
  const there = new Map([...list.rows].map((row) => [id(row), row]));
  const last = page.findLast((row) => there.has(id(row)));
  const rows = page.map((row) => there.get(id(row)) ?? Object.assign(document.adoptNode(row), { className: "fresh" }));
  // If the end of the page was there, what was below it stays.
  const end = last && last === page.at(-1) ? [...list.rows].indexOf(there.get(id(last))) : -1;
  const whole = end < 0 ? rows : [...rows, ...[...list.rows].slice(end + 1)];
  const bounded = whole.length > MOST ? rows : whole;
  list.replaceChildren(...bounded);
  if (bounded === rows) root().querySelector(".below")?.replaceWith(document.adoptNode(fresh.querySelector(".below")));
}

async function update() {
  if (!on || busy || root()?.dataset.live === undefined) return;
  if (reads()) return show();
  busy = true;
  const began = performance.now();
  try {
    // With what is counted: the page is to agree with itself.
    const latest = new URL(root().dataset.latest, location.href);
    latest.searchParams.set("whole", "1");
    const answer = await fetch(latest, { headers: { accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = answer.ok ? page.querySelector("#explore") : null;
    if (!fresh || !on || reads()) return;
    waits = false;
    if (!body() || !fresh.querySelector(".rows tbody")) return document.querySelector("#newer a")?.click();
    merge(fresh);
    root().querySelector(".total").textContent = fresh.querySelector(".total").textContent;
    root().dataset.newer = fresh.dataset.newer;
    document.querySelector("#newer").replaceChildren();
    document.dispatchEvent(new CustomEvent("renewed", { detail: fresh }));
  } catch {
    // The site is away; the feed tries again, and so does this.
    waits = true;
  } finally {
    setTimeout(() => {
      busy = false;
      if (waits) update();
      // What takes longer is asked for less often.
    }, Math.max(PAUSE, 4 * (performance.now() - began)));
    show();
  }
}

document.addEventListener("newer", () => {
  waits = true;
  update();
});
document.addEventListener("shown", () => {
  waits = false;
  show();
});
for (const over of ["scroll", "focusout", "selectionchange", "toggle", "visibilitychange"])
  document.addEventListener(over, () => on && waits && requestAnimationFrame(update), true);
document.addEventListener("keydown", (event) => {
  if (event.key !== "l" || event.ctrlKey || event.metaKey || event.altKey || localStorage.getItem("keys") === "off") return;
  if (event.target.closest("input, select, textarea, [role=slider]") || root()?.dataset.live === undefined) return;
  turn(!on);
});
if (root()) show();
