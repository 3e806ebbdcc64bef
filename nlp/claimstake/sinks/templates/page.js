(() => {
  const all = (css, root = document) => [...root.querySelectorAll(css)];
  const text = document.querySelector("article");
  const rows = all("tbody tr");
  const back = document.getElementById("back");
  const narrow = matchMedia("(max-width: 59.99rem)");
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  let pinned = null;

  const dim = () => {
    for (const e of all(".lit, .subject, .object", text)) e.classList.remove("lit", "subject", "object");
    for (const row of rows) row.classList.remove("lit");
  };
  const light = (row) => {
    dim();
    if (!row) return;
    row.classList.add("lit");
    for (const e of all(`[data-e="${row.dataset.s}"]`, text)) e.classList.add("subject");
    for (const e of all(`[data-e="${row.dataset.o}"]`, text)) e.classList.add("object");
    for (const e of all(`[data-c~="${row.id}"]`, text)) e.classList.add("lit");
  };
  const goto = (e, block) => e && e.scrollIntoView({ block, behavior: calm.matches ? "auto" : "smooth" });
  const pin = (row) => {
    if (pinned) { pinned.classList.remove("pinned"); pinned.querySelector("button").setAttribute("aria-pressed", "false"); }
    pinned = row === pinned ? null : row;
    back.hidden = !pinned;
    light(pinned);
    if (!pinned) return;
    pinned.classList.add("pinned");
    pinned.querySelector("button").setAttribute("aria-pressed", "true");
    goto(text.querySelector(`.trigger.lit`) || text.querySelector(".object") || text.querySelector(".ev.lit"), "center");
  };

  for (const row of rows) {
    row.addEventListener("mouseenter", () => light(row));
    row.addEventListener("mouseleave", () => light(pinned));
    row.addEventListener("focusin", () => light(row));
    row.addEventListener("focusout", () => light(pinned));
    row.addEventListener("click", () => pin(row));
  }
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && pinned) pin(pinned);
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const row = document.activeElement.closest("tbody tr");
    if (!row) return;
    const shown = rows.filter((r) => !r.hidden);
    const next = shown[shown.indexOf(row) + (event.key === "ArrowDown" ? 1 : -1)];
    if (next) { next.querySelector("button").focus(); event.preventDefault(); }
  });
  back.addEventListener("click", () => pinned && goto(pinned, "center"));

  text.addEventListener("click", (event) => {
    const mark = event.target.closest("mark[data-n]");
    for (const row of rows) row.classList.remove("related");
    if (!mark) return;
    const own = rows.filter((r) => r.dataset.s === mark.dataset.e || r.dataset.o === mark.dataset.e);
    for (const row of own) row.classList.add("related");
    if (own.length && !narrow.matches) goto(own[0], "nearest");
  });

  for (const box of all(".legend input[data-l]")) {
    box.addEventListener("change", () => {
      for (const mark of all("mark", text)) if (mark.dataset.l === box.dataset.l) mark.classList.toggle("off", !box.checked);
    });
  }
  for (const box of all(".legend input[data-body]")) {
    box.addEventListener("change", () => document.body.classList.toggle(box.dataset.body, box.checked === (box.dataset.when === "on")));
  }
  const filter = document.getElementById("filter");
  filter.addEventListener("input", () => {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of rows) row.hidden = !words.every((word) => row.textContent.toLowerCase().includes(word));
  });
})();
