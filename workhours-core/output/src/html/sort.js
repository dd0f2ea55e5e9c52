"use strict";
for (const table of document.querySelectorAll("table")) {
  const body = table.tBodies[0];
  const asWritten = [...body.rows];
  const heads = [...table.tHead.rows[0].cells];
  const key = (row, at, number) => {
    const cell = row.cells[at];
    const text = cell.querySelector("time")?.dateTime ?? cell.textContent;
    return text === "" ? null : number ? Number.parseFloat(text) : text;
  };
  heads.forEach((head, at) => {
    const number = head.classList.contains("n");
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const turn = { ascending: "descending", descending: "none" }[head.getAttribute("aria-sort")] ?? "ascending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      let rows = asWritten;
      if (turn !== "none") {
        head.setAttribute("aria-sort", turn);
        const sign = turn === "ascending" ? 1 : -1;
        const keyed = asWritten.map((row) => [key(row, at, number), row]);
        const compare = number ? (a, b) => a - b : (a, b) => (a < b ? -1 : a > b ? 1 : 0);
        // What is not known stays at the end, whichever way.
        keyed.sort(([a], [b]) => (a === null || b === null ? (a === null) - (b === null) : sign * compare(a, b)));
        rows = keyed.map(([, row]) => row);
      }
      body.append(...rows);
    });
  });
}
