"use strict";
// A text or file is sent as it arrives; what comes back is the server's own markup of escaped parts.
(() => {
  const TRIES = 5;  // while the server is busy
  const form = document.getElementById("paste");
  const text = document.getElementById("p-text");
  const file = document.getElementById("p-file");
  const published = document.getElementById("p-published");
  const keep = document.getElementById("keep");
  const state = document.getElementById("state");
  const result = document.getElementById("result");
  const pause = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));
  let run = 0;  // number of the newest request; answers to older ones are not shown

  const failed = (what, mend = "") => {
    state.textContent = "";
    const box = desk.make("div", { class: "notice bad", role: "alert" }, desk.make("p", {}, mend ? `${what} (${mend})` : what));
    result.replaceChildren(box);
  };

  // Sends until it is answered; a server that is busy says when to come again.
  const answered = async (address, init, own) => {
    for (let n = 1; ; n++) {
      let answer;
      try {
        answer = await fetch(address, { method: "POST", credentials: "same-origin", signal: AbortSignal.timeout(90_000), ...init });
      } catch (error) {
        throw new desk.Failed(0, error.name === "TimeoutError" ? "The server did not answer in time" : "The server cannot be reached", "is claimstake serve still running?");
      }
      if (answer.ok) return answer;
      const again = Number(answer.headers.get("Retry-After"));
      if ([429, 503].includes(answer.status) && again > 0 && n < TRIES && own === run) {
        state.textContent = `The server is busy; trying again in ${again} s …`;
        await pause(again);
        if (own !== run) throw new desk.Failed(0, "");
        continue;
      }
      const found = (answer.headers.get("Content-Type") || "").includes("json") ? (await answer.json().catch(() => null))?.error : null;
      const usual = { 413: ["It is too large", `${Number(form.dataset.most).toLocaleString()} bytes at most`], 401: ["You are logged out", "log in again in another tab"], 403: ["The page is out of date", "reload it"] }[answer.status];
      throw new desk.Failed(answer.status, found?.what || usual?.[0] || `The server answered ${answer.status}`, found?.mend || usual?.[1] || "");
    }
  };
  const headers = () => ({ "X-CSRF-Token": document.querySelector('meta[name="csrf"]').content });
  const fits = () => {
    if (file.files[0] && file.files[0].size > Number(form.dataset.most) - 10_000) { failed("The file is too large", `${Number(form.dataset.most).toLocaleString()} bytes at most`); return false; }
    if (!file.files[0] && text.value.length > Number(form.dataset.longest)) { failed("The text is too long", `${Number(form.dataset.longest).toLocaleString()} characters at most`); return false; }
    if (!file.files[0] && !text.value.trim()) { failed("There is nothing to read", "paste a text, or choose a file"); text.focus(); return false; }
    return true;
  };

  const show = async () => {
    const own = ++run;
    if (!fits()) return;
    const begun = performance.now();
    document.body.classList.add("busy");
    state.textContent = "Reading …";
    try {
      const answer = await answered("/paste?part=1", { headers: headers(), body: new FormData(form) }, own);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (own !== run) return;
      result.replaceChildren(...[...page.body.childNodes].map((node) => document.adoptNode(node)));
      state.textContent = "";
      document.getElementById("took").textContent = `in ${Math.round(performance.now() - begun)} ms`;
      form.classList.add("done");
      listen();
      if (text !== document.activeElement) result.scrollIntoView({ block: "nearest" });
      desk.say(document.getElementById("found").textContent);
    } catch (error) {
      if (own === run) failed(error.what || error.message, error.mend);
    } finally {
      if (own === run) document.body.classList.remove("busy");
    }
  };

  const store = async () => {
    const own = ++run;
    if (!fits()) return;
    keep.disabled = true;
    state.textContent = "Keeping …";
    try {
      const date = published.value.trim();
      const chosen = file.files[0];
      const json = chosen && chosen.name.toLowerCase().endsWith(".json");
      const body = json ? await chosen.text() : chosen ? new FormData() : JSON.stringify({ text: text.value });
      if (chosen && !json) body.append("file", chosen, chosen.name);
      const kind = chosen && !json ? {} : { "Content-Type": "application/json" };
      const answer = await answered(`/v1/documents${date ? `?published=${encodeURIComponent(date)}` : ""}`, { headers: { ...headers(), ...kind }, body }, own);
      const kept = (await answer.json()).documents[0];
      if (!kept.key) throw new desk.Failed(422, kept.error?.what || "It could not be kept", kept.error?.mend || "");
      location.href = `/documents/${encodeURIComponent(kept.key)}`;
    } catch (error) {
      failed(error.what || error.message, error.mend);
    } finally {
      keep.disabled = false;
    }
  };

  // --- the claim under the pointer or the keys lights what it rests on ---

  const light = (card, scroll = false) => {
    const place = document.getElementById("text");
    for (const e of desk.all(".lit, .subject, .object", place)) e.classList.remove("lit", "subject", "object");
    if (!card) return;
    for (const [name, id] of [["subject", card.dataset.s], ["object", card.dataset.o]]) for (const e of desk.all(`mark[data-e="${CSS.escape(id)}"]`, place)) e.classList.add(name);
    const lit = desk.all(`.ev[data-c~="${CSS.escape(card.id)}"]`, place);
    for (const e of lit) e.classList.add("lit");
    if (scroll && lit[0] && matchMedia("(min-width: 60rem)").matches) lit[0].scrollIntoView({ block: "nearest" });
  };
  let cards = null;
  const listen = () => {
    const list = document.getElementById("list");
    if (!list) return;
    desk.times(list);
    cards = desk.rove(list, ".claim", { then: (card) => light(card, true) });
    list.addEventListener("mouseover", (event) => { const card = event.target.closest(".claim"); if (card) light(card); });
    list.addEventListener("mouseleave", () => light(cards.current()));
  };

  form.addEventListener("submit", (event) => { event.preventDefault(); if (event.submitter === keep) store(); else show(); });
  text.addEventListener("keydown", (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); show(); } });
  text.addEventListener("paste", () => { if (!text.value.trim()) setTimeout(() => { file.value = ""; show(); }); });
  text.addEventListener("input", () => { if (file.files[0]) file.value = ""; });
  file.addEventListener("change", () => { if (file.files[0]) { text.value = ""; show(); } });

  const carries = (event) => [...(event.dataTransfer?.types || [])].includes("Files");
  document.addEventListener("dragover", (event) => { if (carries(event)) { event.preventDefault(); document.body.classList.add("dropping"); } });
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) document.body.classList.remove("dropping"); });
  document.addEventListener("drop", (event) => {
    document.body.classList.remove("dropping");
    if (!carries(event) || !event.dataTransfer.files.length) return;
    event.preventDefault();
    if (event.dataTransfer.files.length > 1) { failed("Several files were dropped", "drop one at a time, or use claimstake archive"); return; }
    file.files = event.dataTransfer.files;
    text.value = "";
    show();
  });

  desk.keys("Claims", { j: ["Next claim", () => cards?.move(1)], k: ["Claim before", () => cards?.move(-1)], s: ["Keep the document", store] });
  listen();
})();
