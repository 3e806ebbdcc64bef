// A document: moving among its claims, lighting what they rest on in the text, and judging them.
// editor.js, which comes after, uses `article`.
const article = (() => {
  const { all, make, send, say, toast, fail, keys } = desk;
  const about = document.getElementById("document");
  const key = about.dataset.document;
  const at = (rest) => `/v1/documents/${encodeURIComponent(key)}/${rest}`;
  const narrow = matchMedia("(max-width: 59.99rem)");
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const DONE = { accepted: "Accepted", rejected: "Rejected", corrected: "Corrected", added: "Added", undone: "Judgement taken back" };
  let text = document.getElementById("text");
  let list = document.getElementById("list");
  let claims = null;  // desk.rove over the cards
  let shown = null;  // the card whose evidence is lit
  const undo = [];  // claims judged on this page, the last one last

  // --- places in the text: offsets are code points, the DOM counts UTF-16 units ---

  const places = (() => {
    let nodes = null;
    const index = () => {
      if (nodes) return nodes;
      nodes = [];
      const walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
      let start = 0;
      while (walker.nextNode()) { nodes.push({ node: walker.currentNode, start }); start += walker.currentNode.data.length; }
      return nodes;
    };
    const pairs = (string) => string.match(/[\uD800-\uDBFF][\uDC00-\uDFFF]/g)?.length ?? 0;
    const points = (units) => units - pairs(text.textContent.slice(0, units));
    const units = (wanted) => {
      const all = text.textContent;
      if (!pairs(all)) return wanted;
      let found = 0;
      for (let n = 0; n < wanted && found < all.length; n++) found += all.codePointAt(found) > 0xffff ? 2 : 1;
      return found;
    };
    const point = (unit) => {
      const those = index();
      let low = 0, high = those.length - 1;
      while (low < high) { const middle = (low + high + 1) >> 1; if (those[middle].start <= unit) low = middle; else high = middle - 1; }
      return [those[low].node, Math.min(unit - those[low].start, those[low].node.data.length)];
    };
    const range = (start, end) => {
      const found = document.createRange();
      found.setStart(...point(units(start)));
      found.setEnd(...point(units(end)));
      return found;
    };
    const offset = (node, inside) => {
      const before = document.createRange();
      before.selectNodeContents(text);
      before.setEnd(node, inside);
      return points(before.toString().length);
    };
    return { range, offset, points, forget: () => { nodes = null; } };
  })();

  const paint = (name, ranges) => { if (globalThis.CSS?.highlights) { if (ranges.length) CSS.highlights.set(name, new Highlight(...ranges)); else CSS.highlights.delete(name); } };
  const reveal = (element, block = "center") => {
    if (!element) return;
    const box = element.getBoundingClientRect();
    if (box.top > 60 && box.bottom < innerHeight - 20 && element.offsetParent) return;
    element.scrollIntoView({ block, behavior: calm.matches ? "auto" : "smooth" });
  };

  // --- lighting ---

  const dim = () => {
    for (const e of text ? all(".lit, .subject, .object", text) : []) e.classList.remove("lit", "subject", "object");
    paint("trigger", []);
    paint("cue", []);
    shown = null;
  };
  const light = (card) => {
    if (card === shown) return;
    dim();
    shown = card;
    if (!card || !text) return;
    for (const e of all(`mark[data-e="${CSS.escape(card.dataset.s)}"]`, text)) e.classList.add("subject");
    for (const e of all(`mark[data-e="${CSS.escape(card.dataset.o)}"]`, text)) e.classList.add("object");
    for (const e of all(`.ev[data-c~="${CSS.escape(card.id)}"]`, text)) e.classList.add("lit");
    why.paint(card);
  };
  const evidence = (card) => text && (text.querySelector(`.ev[data-c~="${CSS.escape(card.id)}"]`) || text.querySelector("mark.object"));
  const current = () => claims?.current() ?? null;

  // --- why: the words that triggered a claim, asked for once, as no database keeps them ---

  const why = (() => {
    let asked = null;
    const known = new Map();
    const ask = () => (asked ??= send("GET", at("why"), undefined, { timeout: 60_000 }).then((found) => {
      for (const one of found.claims) known.set(one.id, one);
      if (shown) paintOf(shown);
    }).catch((error) => { asked = null; throw error; }));
    // A cue is known by its words alone: of the places in the sentence that have them, the one nearest to the trigger.
    const cue = (one, said) => {
      const sentence = places.range(one.start, one.end).toString().toLowerCase();
      const words = said.slice(said.indexOf(": ") + 2).toLowerCase();
      const trigger = one.trigger_start - one.start;
      let best = -1;
      for (let at = sentence.indexOf(words); at !== -1; at = sentence.indexOf(words, at + 1)) if (best === -1 || Math.abs(at - trigger) < Math.abs(best - trigger)) best = at;
      return best === -1 ? [] : [places.range(one.start + best, one.start + best + words.length)];
    };
    const paintOf = (card) => {
      const one = known.get(card.id);
      if (!one || !text) return;
      paint("trigger", [places.range(one.trigger_start, one.trigger_end)]);
      paint("cue", one.cues.flatMap((said) => cue(one, said)));
    };
    const rows = (one) => (one ? [["trigger", one.trigger], ["rule", one.rule], ["path", one.path], ["cues", one.cues.join("; ")]] : [["?", "The pipeline that runs now does not make this claim, so why it was made is not known."]]);
    const show = async (card) => {
      const old = card.querySelector(".why");
      if (old) { old.remove(); return; }
      try { await ask(); } catch (error) { fail(error, "Why is not known"); return; }
      const found = rows(known.get(card.id)).filter(([, said]) => said);
      card.querySelector(".acts")?.before(make("dl", { class: "why" }, ...found.flatMap(([name, said]) => [make("dt", {}, name), make("dd", {}, said)])));
      say(found.map(([name, said]) => `${name} ${said}`).join(", "));
    };
    const quietly = () => ask().catch(() => {});  // whoever wants to know asks again, and is told what is wrong
    if (text && list.querySelector(".claim") && !about.dataset.long) setTimeout(quietly, 200);
    return { paint: paintOf, show };
  })();

  // --- the claim that is chosen: it bears the buttons ---

  const acts = document.getElementById("acts").content.firstElementChild.cloneNode(true);
  const mine = (name) => acts.querySelector(`[data-act="${name}"]`);
  const dress = (card) => {
    const verdict = card.dataset.verdict;
    mine("undone").hidden = !verdict;
    mine("see").hidden = !text;
    mine("why").hidden = verdict === "added" || !text;
    for (const name of ["accepted", "rejected"]) mine(name).setAttribute("aria-pressed", String(verdict === name));
    if (acts.parentElement !== card) card.append(acts);
  };
  const chosen = (card) => {
    dress(card);
    light(card);
    if (!narrow.matches && document.activeElement === card) reveal(evidence(card));
  };
  const choose = (card, { focus = true } = {}) => { if (card) claims.set(card, { focus }); };

  // --- judging: what is shown before it is kept says so, and goes back where it was not kept ---

  const says = (card) => card.querySelector(".triple").textContent.replace(/\s+/g, " ").trim();
  const put = (card, verdict, who = null) => {
    card.dataset.verdict = verdict === "undone" ? "" : verdict;
    const place = card.querySelector(".verdict");
    const time = who && make("time", { datetime: who.at }, who.at);
    place.replaceChildren(...(verdict === "undone" ? [] : [make("span", { class: `badge ${verdict}` }, verdict), " ", make("span", { class: "who" }, ...(who ? [`${who.by}, `, time] : ["saving …"]))]));
    desk.times(place);
    if (acts.parentElement === card) dress(card);
    count();
  };
  const count = () => {
    const cards = all(".claim", list);
    const judged = cards.filter((card) => card.dataset.verdict).length;
    document.getElementById("judged").textContent = `${judged} judged`;
    document.querySelector(".progress meter").value = judged;
    return cards.length - judged;
  };

  const judge = async (card, verdict) => {
    if (!card || card.classList.contains("saving")) return false;
    const before = { verdict: card.dataset.verdict, nodes: [...card.querySelector(".verdict").childNodes] };
    if (verdict === "undone" && !before.verdict) { toast("This claim has not been judged"); return false; }
    card.classList.add("saving");
    card.setAttribute("aria-busy", "true");
    put(card, verdict);
    try {
      const kept = await send("POST", at("judgements"), { verdict, claim: card.id });
      const rewritten = ["corrected", "added"].includes(before.verdict) || (verdict === "undone" && card.querySelector(".changes"));
      put(card, verdict, kept);
      say(`${DONE[verdict]}: ${says(card)}`);
      if (verdict !== "undone") undo.push(card.id);
      if (rewritten && verdict === "undone") await refresh(card.id);
      return true;
    } catch (error) {
      card.dataset.verdict = before.verdict;
      card.querySelector(".verdict").replaceChildren(...before.nodes);
      if (acts.parentElement === card) dress(card);
      count();
      fail(error, `Not saved: ${says(card)}`);
      return false;
    } finally {
      card.classList.remove("saving");
      card.removeAttribute("aria-busy");
    }
  };
  const onward = (card) => {
    const cards = claims.items();
    const open = (c) => !c.dataset.verdict;
    const next = cards.slice(cards.indexOf(card) + 1).find(open) || cards.find(open);
    if (next) choose(next);
    else if (!count()) toast("All claims are judged", { action: ["Document done", () => setState("done")] });
  };
  const judgeOn = (verdict) => () => {
    const card = current();
    if (!card) return;
    judge(card, verdict);
    onward(card);
  };
  const takeBack = async () => {
    const card = document.getElementById(undo.pop()) || current();
    if (!card) return;
    choose(card);
    await judge(card, "undone");
  };

  // --- the document ---

  const STATES = { new: "New", done: "Done", skipped: "Skipped" };
  const buttons = () => {
    const state = about.dataset.state;
    document.getElementById("state").textContent = STATES[state];
    document.getElementById("done").firstChild.data = state === "done" ? "Back to new " : "Done ";
    document.getElementById("skip").firstChild.data = state === "skipped" ? "Back to new " : "Skip ";
  };
  const setState = async (state, { again = true } = {}) => {
    const before = about.dataset.state;
    if (before === state) return;
    try {
      await send("PUT", at("reading"), { state });
    } catch (error) {
      fail(error, "The document's state is not saved");
      return;
    }
    about.dataset.state = state;
    buttons();
    const next = about.dataset.next;
    if (!again) say(`The document is ${STATES[state].toLowerCase()} again`);
    else if (state !== "new" && next) toast(`${STATES[state]}.`, { action: ["Next document", () => { location.href = next; }] });
    else toast(state === "new" ? "The document is new again" : `${STATES[state]}. It was the last one of the inbox.`);
  };
  document.getElementById("done").addEventListener("click", () => setState(about.dataset.state === "done" ? "new" : "done"));
  document.getElementById("skip").addEventListener("click", () => setState(about.dataset.state === "skipped" ? "new" : "skipped"));

  // --- filter ---

  const filter = document.getElementById("filter");
  const which = document.getElementById("which");
  const narrowDown = () => {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    let left = 0;
    for (const card of all(".claim", list)) {
      const fits = which.value === "" || (which.value === "open") === !card.dataset.verdict;
      card.hidden = !(fits && words.every((word) => card.textContent.toLowerCase().includes(word)));
      left += !card.hidden;
    }
    if (current()?.hidden ?? true) choose(claims.items()[0], { focus: false });
    say(left === 1 ? "1 claim shown" : `${left} claims shown`);
  };
  filter.addEventListener("input", narrowDown);
  which.addEventListener("change", narrowDown);
  filter.addEventListener("keydown", (event) => { if (event.key === "Escape" || event.key === "Enter") { event.preventDefault(); choose(claims.items()[0]); } });

  // --- pointer and text ---

  const back = document.getElementById("back");
  const see = (card) => { light(card); evidence(card)?.scrollIntoView({ block: "center", behavior: calm.matches ? "auto" : "smooth" }); back.hidden = false; };
  back.addEventListener("click", () => { back.hidden = true; choose(current()); });
  const perform = { accepted: judgeOn("accepted"), rejected: judgeOn("rejected"), undone: () => judge(current(), "undone"), see: () => see(current()), why: () => why.show(current()) };
  acts.addEventListener("click", (event) => {
    const button = event.target.closest("[data-act]");
    if (button) { event.stopPropagation(); perform[button.dataset.act]?.(); }
  });

  const listen = () => {
    claims = desk.rove(list, ".claim", { then: chosen });
    list.addEventListener("mouseover", (event) => { const card = event.target.closest(".claim"); if (card) light(card); });
    list.addEventListener("mouseleave", () => light(current()));
    list.addEventListener("click", (event) => {
      const card = event.target.closest(".claim");
      if (card && !event.target.closest("a, button, summary")) choose(card);
    });
    text?.addEventListener("click", (event) => {
      const mark = event.target.closest("mark");
      if (!mark || article.picking?.(mark)) return;
      const own = all(".claim", list).filter((card) => card.dataset.s === mark.dataset.e || card.dataset.o === mark.dataset.e);
      for (const card of all(".related", list)) card.classList.remove("related");
      for (const card of own) card.classList.add("related");
      if (own.length && !narrow.matches) own[0].scrollIntoView({ block: "nearest" });
      if (own.length) say(`${own.length} claim${own.length === 1 ? "" : "s"} about ${mark.textContent}`);
    });
  };
  for (const box of all("[data-label]")) {
    box.addEventListener("change", () => { for (const mark of all(`mark.l-${CSS.escape(box.dataset.label)}`, text)) mark.classList.toggle("off", !box.checked); });
  }

  // The page anew, where marks or claims have changed; what stands around stays.
  const refresh = async (id) => {
    const answer = await fetch(location.pathname + location.search, { signal: AbortSignal.timeout(20_000) }).catch(() => null);
    if (!answer?.ok) { toast("It is saved, but the page could not be loaded again", { bad: true }); return; }
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const name of ["text", "list", "claims-title"]) {
      const [old, now] = [document.getElementById(name), fresh.getElementById(name)];
      if (old && now) old.replaceWith(document.adoptNode(now));
    }
    document.querySelector(".claims > .empty")?.remove();
    document.querySelector(".progress").hidden = false;
    [text, list] = [document.getElementById("text"), document.getElementById("list")];
    document.querySelector(".progress meter").max = all(".claim", list).length;
    places.forget();
    shown = null;
    listen();
    desk.times(list);
    count();
    choose(document.getElementById(id));
  };

  keys("Claims", {
    j: ["Next claim", () => claims.move(1)], k: ["Claim before", () => claims.move(-1)],
    a: ["Accept", perform.accepted], r: ["Reject", perform.rejected],
    u: ["Undo the last judgement", takeBack],
    t: ["See it in the text", () => current() && see(current())], y: ["Why it was claimed", () => current() && why.show(current())],
  });
  buttons();
  listen();
  const start = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (start?.matches(".claim")) choose(start);
  else if (current()) dress(current());
  return { key, at, places, paint, reveal, light, current, choose, refresh, perform, undo, says, DONE, text: () => text, narrow };
})();
