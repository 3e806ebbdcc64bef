// The list of documents: moving in it, marking documents done or skipped, and a hint that others have come.
(() => {
  const { send, toast, fail, keys, rove } = desk;
  const inbox = document.getElementById("inbox");
  const DOING = { done: "Marked done", skipped: "Skipped", new: "Back to new" };
  const EVERY = 30_000;  // milliseconds between looks for new documents

  // --- documents change their state ---

  const list = inbox.tagName === "OL" ? rove(inbox, ".open") : null;
  const undone = [];  // what u takes back: the last one last

  const put = (row, state) => send("PUT", `/v1/documents/${encodeURIComponent(row.dataset.document)}/reading`, { state });
  const title = (row) => desk.short(row.querySelector(".open").textContent);
  const leave = (row) => {
    const links = list.items();
    const at = links.indexOf(row.querySelector(".open"));
    const focused = row.contains(document.activeElement);
    row.hidden = true;
    document.getElementById("cleared").hidden = Boolean(list.items().length);
    list.set(links[at + 1] || links[at - 1], { focus: focused });
  };
  const bring = (row) => { row.hidden = false; document.getElementById("cleared").hidden = true; list.set(row.querySelector(".open")); };

  const mark = async (row, state) => {
    if (!row || row.classList.contains("saving")) return;
    row.classList.add("saving");
    try {
      await put(row, state);
    } catch (error) {
      fail(error, `“${title(row)}” is not saved`);
      return;
    } finally {
      row.classList.remove("saving");
    }
    leave(row);
    undone.push(row);
    toast(`${DOING[state]}: ${title(row)}`, { action: ["Undo", undo] });
  };
  const undo = async () => {
    const row = undone.pop();
    if (!row) { toast("There is nothing to undo"); return; }
    try {
      await put(row, inbox.dataset.state);
      bring(row);
      desk.say(`Taken back: ${title(row)}`);
    } catch (error) {
      undone.push(row);
      fail(error, "Not undone");
    }
  };
  const current = () => list?.current()?.closest("li");

  if (list) {
    inbox.addEventListener("click", (event) => { const button = event.target.closest("[data-to]"); if (button) mark(button.closest("li"), button.dataset.to); });
    const table = {
      j: ["Next document", () => list.move(1)], k: ["Document before", () => list.move(-1)],
      Enter: ["Open it", () => list.current()?.click()], o: ["", () => list.current()?.click()], u: ["Undo", undo],
    };
    const acts = { done: ["e", "Mark it done"], skipped: ["s", "Skip it"], new: ["n", "Put it back to new"] };
    for (const [state, [key, says]] of Object.entries(acts)) if (state !== inbox.dataset.state) table[key] = [says, () => mark(current(), state)];
    keys("Documents", table);
  }

  // --- has anything come? ---

  const hint = document.getElementById("arrived");
  const look = async () => {
    if (document.hidden) return;
    const found = await send("GET", "/v1/documents?state=new&order=newest&limit=20").catch(() => null);  // the next look may reach it
    const fresh = (found?.documents ?? []).filter((d) => d.arrived > inbox.dataset.newest).length;
    const words = fresh ? `${fresh === 20 ? "20 or more" : fresh} new document${fresh === 1 ? " has" : "s have"} come.` : "";
    if (hint.firstElementChild.textContent !== words) hint.firstElementChild.textContent = words;
    hint.hidden = !fresh;
  };
  setInterval(look, EVERY);
  document.addEventListener("visibilitychange", look);
})();
