"use strict";
// Rows of claims: j and k move, Enter opens the claim in its text.
(() => {
  const table = document.querySelector("table.claims");
  if (!table) return;
  const rows = desk.rove(table.tBodies[0], "tr");
  const open = (row) => { if (row) location.href = row.dataset.open.trim(); };
  table.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches("tr")) { event.preventDefault(); open(event.target); }
  });
  desk.keys("Claims", {
    j: ["Next claim", () => rows.move(1)],
    k: ["Claim before", () => rows.move(-1)],
    Enter: ["Open the claim in its text", () => open(rows.current())],
  });
})();
