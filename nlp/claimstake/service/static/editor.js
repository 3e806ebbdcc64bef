// The form that corrects a claim or adds one. An end of a claim is a mention, or words that are marked anew: found by
// typing, clicked in the text, or selected in it.
(() => {
  const { all, make, send, say, toast, keys } = desk;
  const { places, paint } = article;
  const editor = document.getElementById("editor");
  const form = editor.querySelector("form");
  const claimsPanel = document.getElementById("claims");
  const predicate = document.getElementById("editor-predicate");
  const ENDS = ["subject", "object"];
  const MOST = 40;  // options of a list
  const LONGEST = 300;  // characters of a new mention
  let choices = null;  // what GET …/choices gave
  let card = null;  // the claim that is corrected, null where one is added
  let claim = null;
  let armed = null;  // the end that a click in the text fills
  const chosen = { subject: null, object: null };  // a mention, or a mark {start, end, label, canonical, text}

  const words = (name) => name.replace(/_/g, " ");
  const field = (name) => editor.querySelector(`[data-field="${CSS.escape(name)}"]`);
  const wanted = () => choices.predicates.find((p) => p.name === predicate.value);

  // --- ends ---

  const inputs = Object.fromEntries(ENDS.map((end) => [end, document.getElementById(`editor-${end}`)]));
  const lists = Object.fromEntries(ENDS.map((end) => [end, document.getElementById(`${end}-list`)]));

  const arm = (end) => {
    armed = end;
    for (const name of ENDS) field(name).classList.toggle("armed", name === end);
  };
  const mark = (end, one) => {
    const label = make("select", { "aria-label": `Label of the new mention`, id: `${end}-mark-label` }, ...choices.labels.map((l) => make("option", { value: l.name, title: l.says }, l.name)));
    label.value = one.label;
    label.addEventListener("change", () => { one.label = label.value; });
    const name = make("input", { "aria-label": "Full name of the thing, where it is not these words", placeholder: "full name, if other", maxlength: 300 });
    name.addEventListener("input", () => { one.canonical = name.value.trim() || null; });
    return make("div", { class: "new" }, label, name);
  };
  const pick = (end, one, { quietly = false } = {}) => {
    chosen[end] = one;
    clear(end);
    const place = document.getElementById(`${end}-chosen`);
    place.replaceChildren(...(one ? [make("span", { class: `chip l-${one.label}` }, one.canonical || one.text), " ", make("small", {}, one.id ? `${one.label} · “${one.text}” at ${one.start}` : `new mention at ${one.start}`)] : []));
    field(end).querySelector(".new")?.remove();
    if (one && !one.id) field(end).querySelector(".options").after(mark(end, one));
    inputs[end].value = "";
    close(end);
    fits();
    if (one && !quietly) say(`${end}: ${one.canonical || one.text}`);
  };
  const fits = () => {
    const found = wanted();
    for (const end of ENDS) {
      const hint = document.getElementById(`${end}-hint`);
      const one = chosen[end];
      const bad = found && one && !found[end].includes(one.label);
      hint.textContent = found ? `${bad ? `${one.label} does not fit; it` : "It"} takes ${found[end].join(", ")}` : "";
    }
  };
  // A new mention gets the label that fits the predicate best: that of the same words elsewhere, else the first that fits.
  const guessed = (end, said) => {
    const takes = wanted()?.[end] ?? [];
    const same = choices.mentions.filter((m) => m.text.toLowerCase() === said.toLowerCase()).map((m) => m.label);
    return same.find((label) => takes.includes(label)) ?? takes[0] ?? same[0] ?? choices.labels[0].name;
  };
  const marked = (end, unit, said) => {
    const start = places.points(unit);
    return { start, end: start + [...said].length, text: said, label: guessed(end, said), canonical: null };
  };

  // --- the list under an end: mentions that hold what is typed, then places in the text that are none yet ---

  const found = (end, typed) => {
    const takes = wanted()?.[end] ?? [];
    const parts = typed.toLowerCase().split(/\s+/).filter(Boolean);
    const holds = (m) => { const all = `${m.canonical} ${m.text} ${m.label}`.toLowerCase(); return parts.every((part) => all.includes(part)); };
    const those = choices.mentions.filter(holds);
    those.sort((a, b) => takes.includes(b.label) - takes.includes(a.label));
    return [...those.slice(0, MOST), ...fresh(end, typed.trim())];
  };
  const fresh = (end, typed) => {
    const text = article.text()?.textContent;
    if (!text || typed.length < 2) return [];
    const starts = new Set(choices.mentions.filter((m) => m.text.toLowerCase() === typed.toLowerCase()).map((m) => m.start));
    const low = text.toLowerCase();
    const those = [];
    for (let at = low.indexOf(typed.toLowerCase()); at !== -1 && those.length < 5; at = low.indexOf(typed.toLowerCase(), at + 1)) {
      const one = marked(end, at, text.slice(at, at + typed.length));
      if (!starts.has(one.start)) those.push({ ...one, around: [text.slice(Math.max(0, at - 24), at), text.slice(at + typed.length, at + typed.length + 24)] });
    }
    return those;
  };
  const option = (end, one, number) => {
    const takes = wanted()?.[end] ?? [one.label];
    const unfit = one.id && !takes.includes(one.label) ? ", which does not fit" : "";
    const name = one.id ? make("span", { class: `chip l-${one.label}` }, one.canonical) : make("strong", {}, `Mark “${one.text}”`);
    const around = make("small", {}, ` ${one.id ? `${one.label}${unfit} · ` : ""}… ${one.around[0]} `, make("b", {}, one.text), ` ${one.around[1]} …`);
    const item = make("li", { role: "option", id: `${end}-option-${number}`, "aria-selected": "false" }, name, around);
    item.one = one;
    return item;
  };
  const open = (end) => {
    const those = found(end, inputs[end].value);
    lists[end].replaceChildren(...(those.length ? those.map((one, number) => option(end, one, number)) : [make("li", { role: "option", "aria-disabled": "true", "aria-selected": "false" }, "Nothing in this document")]));
    lists[end].hidden = false;
    inputs[end].setAttribute("aria-expanded", "true");
    inputs[end].removeAttribute("aria-activedescendant");
  };
  const close = (end) => {
    lists[end].hidden = true;
    inputs[end].setAttribute("aria-expanded", "false");
    inputs[end].removeAttribute("aria-activedescendant");
    paint("marked", []);
  };
  const point = (end, by) => {
    if (lists[end].hidden) open(end);
    const items = all("li", lists[end]).filter((item) => item.one);
    if (!items.length) return;
    const at = items.findIndex((item) => item.getAttribute("aria-selected") === "true");
    const next = items[(at + by + items.length + (at === -1 && by < 0 ? 1 : 0)) % items.length];
    for (const item of items) item.setAttribute("aria-selected", String(item === next));
    inputs[end].setAttribute("aria-activedescendant", next.id);
    next.scrollIntoView({ block: "nearest" });
    show(next.one);
  };
  const show = (one) => { if (article.text()) paint("marked", [places.range(one.start, one.start + [...one.text].length)]); };

  for (const end of ENDS) {
    inputs[end].addEventListener("focus", () => arm(end));
    inputs[end].addEventListener("input", () => open(end));
    inputs[end].addEventListener("click", () => open(end));
    inputs[end].addEventListener("blur", () => setTimeout(() => close(end), 150));
    inputs[end].addEventListener("keydown", (event) => {
      const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (by) { event.preventDefault(); point(end, by); }
      const item = lists[end].querySelector('[aria-selected="true"]');
      if (event.key === "Enter" && !lists[end].hidden && !event.ctrlKey) { event.preventDefault(); if (item?.one) pick(end, item.one); }
      if (event.key === "Escape" && !lists[end].hidden) { event.preventDefault(); event.stopPropagation(); close(end); }
    });
    lists[end].addEventListener("mousedown", (event) => { event.preventDefault(); const item = event.target.closest("li"); if (item?.one) pick(end, item.one); });
  }

  // --- out of the text ---

  article.picking = (element) => {
    if (editor.hidden) return false;
    const one = choices.mentions.find((m) => m.id === element.dataset.e);
    if (one && getSelection().isCollapsed) pick(armed, one);
    return true;
  };
  document.addEventListener("mouseup", () => setTimeout(selected));
  document.addEventListener("keyup", (event) => { if (event.shiftKey || event.key === "Shift") selected(); });
  const selected = () => {
    const text = article.text();
    const selection = getSelection();
    if (editor.hidden || !text || selection.isCollapsed || !selection.rangeCount) return;
    const range = selection.getRangeAt(0);
    if (!text.contains(range.commonAncestorContainer)) return;
    const said = range.toString();
    const bare = said.trim();
    if (!bare || bare.length > LONGEST) return;
    const start = places.offset(range.startContainer, range.startOffset) + [...said.slice(0, said.indexOf(bare))].length;
    const end = start + [...bare].length;
    const known = choices.mentions.find((m) => m.start === start && [...m.text].length === end - start);
    pick(armed, known ?? { start, end, text: bare.replace(/\s+/g, " "), label: guessed(armed, bare), canonical: null });
  };

  // --- predicate and qualifiers ---

  const labelled = (name, control) => {
    const id = `q-${name}`;
    control.id = id;
    control.setAttribute("aria-describedby", `${id}-error`);
    return make("div", { class: "field", "data-field": `qualifiers.${name}` }, make("label", { for: id }, words(name)), control, make("span", { class: "error", id: `${id}-error`, hidden: true }));
  };
  const select = (values, value, { empty = true } = {}) => {
    const control = make("select", {}, ...(empty ? [make("option", { value: "" }, "–")] : []), ...values.map((v) => make("option", { value: v }, words(v))));
    control.value = value ?? (empty ? "" : values[0]);
    return control;
  };
  const HINTS = { target: "place or firm aimed at", attribution: "who is quoted", rate: "25%", share: "68% of output", amount: "$1.2 billion", parameter: "coulombic efficiency", condition: "0.1C", supersedes: "value it replaces", role: "executive director" };
  const time = (one, number) => {
    const id = `q-time-${number}`;
    const kind = select(choices.qualifiers.time, one.kind, { empty: false });
    kind.setAttribute("aria-label", "Kind of time");
    const value = make("input", { id, "aria-label": "Date", placeholder: "2025-07-15", "aria-describedby": `${id}-error`, maxlength: 60 });
    value.value = one.value;
    const out = make("button", { type: "button", class: "button little quiet", "aria-label": "Take this time out" }, "✕");
    const row = make("div", { class: "time", "data-field": `qualifiers.time[${number}].value` }, kind, value, out, make("span", { class: "error", id: `${id}-error`, hidden: true }));
    out.addEventListener("click", () => { const rows = row.parentElement; row.remove(); rows.querySelector("button.more").focus(); renumber(rows); });
    return row;
  };
  const renumber = (rows) => all(".time", rows).forEach((row, number) => { row.dataset.field = `qualifiers.time[${number}].value`; });
  const times = (those) => {
    const more = make("button", { type: "button", class: "button little more" }, "Add a time");
    const box = make("div", { class: "times field", role: "group", "aria-label": "Times", "data-field": "qualifiers.time" }, make("span", { class: "label" }, "times"), ...those.map(time), more);
    more.addEventListener("click", () => { const row = time({ kind: choices.qualifiers.time[0], value: "" }, all(".time", box).length); more.before(row); row.querySelector("input").focus(); });
    return box;
  };
  const ORDER = ["status", "measure", "polarity", "certainty"];  // first, then the rest as the ontology has them
  const USUAL = { polarity: "affirmed", certainty: "asserted" };
  const qualifiers = (held) => {
    const takes = wanted()?.qualifiers ?? [];
    const names = [...ORDER.filter((name) => takes.includes(name)), ...takes.filter((name) => !ORDER.includes(name) && name !== "time")];
    const boxes = names.map((name) => {
      const values = choices.qualifiers[name];
      if (values) return labelled(name, select(values, held[name], { empty: !(name in USUAL) }));
      const input = make("input", { maxlength: 300, placeholder: HINTS[name] ?? "", list: ["target", "attribution"].includes(name) ? "names" : null });
      input.value = held[name] ?? "";
      return labelled(name, input);
    });
    if (takes.includes("time")) boxes.push(times(held.time ?? []));
    document.getElementById("editor-qualifiers").replaceChildren(make("legend", { class: "sr" }, "Qualifiers"), ...boxes);
  };
  const read = () => {
    const found = {};
    for (const box of all("[data-field^='qualifiers.']", editor)) {
      const name = box.dataset.field.slice("qualifiers.".length);
      const control = box.querySelector(":scope > input, :scope > select");
      if (name === "time" || box.classList.contains("time") || !control?.value.trim()) continue;
      if (claim && USUAL[name] === control.value && !(name in (claim.qualifiers ?? {}))) continue;
      found[name] = control.value.trim();
    }
    const rows = all(".time", editor).map((row) => ({ kind: row.querySelector("select").value, value: row.querySelector("input").value.trim() })).filter((one) => one.value);
    if (rows.length) found.time = rows;
    return found;
  };
  predicate.addEventListener("change", () => { const held = read(); qualifiers(held); document.getElementById("predicate-hint").textContent = wanted()?.says ?? ""; clear("predicate"); fits(); });

  // --- errors stand at their fields ---

  const clear = (name) => {
    const box = field(name);
    if (!box) return;
    const error = box.querySelector(":scope > .error");
    if (error) { error.hidden = true; error.textContent = ""; }
    for (const control of all("input, select", box)) control.removeAttribute("aria-invalid");
  };
  const whole = document.getElementById("editor-error");
  const clearAll = () => { whole.hidden = true; for (const box of all("[data-field]", editor)) clear(box.dataset.field); };
  const wrong = (name, message) => {
    const parts = name.replace(/^correction\./, "").replace(/\.(start|end|label|canonical)$/, "");
    const box = field(parts) ?? field(`qualifiers.${parts}`);
    const error = box?.querySelector(":scope > .error");
    if (!error) { whole.textContent = message; whole.hidden = false; return null; }
    error.textContent = message;
    error.hidden = false;
    const control = box.querySelector("input") ?? box.querySelector("select");
    control.setAttribute("aria-invalid", "true");
    return control;
  };
  // Checks of ours begin with the field that they are about; those of the form of a request list their fields.
  const told = (failed) => {
    const path = (field) => field.replace(/\.(\d+)/g, "[$1]");
    if (failed.fields.length) return failed.fields.map((one) => wrong(path(one.field), one.what)).find(Boolean);
    const [, name, message] = /^([a-z_]+(?:\.[a-z_]+|\[\d+\])*): (.*)$/s.exec(failed.what) ?? [null, "", failed.what];
    return wrong(name, failed.mend ? `${message} (${failed.mend})` : message);
  };

  // --- opening, saving ---

  const load = async () => { choices = await send("GET", article.at("choices")); };
  let opening = false;
  const start = async (of) => {
    if (!editor.hidden || opening) return;
    opening = true;
    try { await load(); } catch (error) { desk.fail(error, "The form cannot be opened"); return; } finally { opening = false; }
    card = of;
    if (!card) article.light(null);
    claim = card ? choices.claims[card.id] : null;
    document.getElementById("editor-title").textContent = card ? "Correct the claim" : "Add a claim that is missing";
    predicate.replaceChildren(make("option", { value: "" }, "choose …"), ...choices.predicates.map((p) => make("option", { value: p.name, title: p.says }, words(p.name))));
    predicate.value = claim?.predicate ?? "";
    document.getElementById("predicate-hint").textContent = wanted()?.says ?? "";
    document.getElementById("names").replaceChildren(...[...new Set(choices.mentions.map((m) => m.canonical))].map((name) => make("option", { value: name })));
    document.getElementById("editor-note").value = "";
    for (const end of ENDS) pick(end, claim ? choices.mentions.find((m) => m.id === claim[end]) ?? null : null, { quietly: true });
    qualifiers(claim?.qualifiers ?? {});
    clearAll();
    editor.hidden = false;
    claimsPanel.hidden = !article.narrow.matches;
    document.body.classList.add("picking");
    editor.scrollTop = 0;
    arm("subject");
    (card ? predicate : inputs.subject).focus();
  };
  const stop = () => {
    editor.hidden = true;
    claimsPanel.hidden = false;
    document.body.classList.remove("picking");
    paint("marked", []);
    getSelection().removeAllRanges();
    if (card) article.choose(card);
    else (article.current() ?? document.getElementById("add")).focus();
  };
  const end = (name) => {
    const one = chosen[name];
    if (!one || (claim && one.id === claim[name])) return null;
    return one.id ?? { start: one.start, end: one.end, label: one.label, canonical: one.canonical };
  };
  const correction = () => {
    const found = { subject: end("subject"), object: end("object"), predicate: predicate.value, qualifiers: read() };
    if (claim?.predicate === found.predicate) found.predicate = null;
    return found;
  };
  const missing = () => {
    const empty = [...ENDS.filter((name) => !chosen[name]), ...(predicate.value ? [] : ["predicate"])];
    const controls = empty.map((name) => wrong(name, "choose one"));
    controls[0]?.focus();
    return Boolean(empty.length);
  };
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("[type=submit]");
    clearAll();
    if (button.disabled || missing()) return;
    const verdict = card ? "corrected" : "added";
    const note = document.getElementById("editor-note").value.trim() || null;
    button.disabled = true;
    try {
      const kept = await send("POST", article.at("judgements"), { verdict, claim: card?.id ?? null, correction: correction(), note });
      stop();
      await article.refresh(kept.claim);
      article.undo.push(kept.claim);
      toast(`${article.DONE[verdict]}.`, { action: ["Undo", () => { article.choose(document.getElementById(kept.claim)); article.perform.undone(); }] });
    } catch (error) {
      if (error.status === 422 || error.status === 400) (told(error) ?? whole).focus?.();
      else { whole.textContent = `Not saved: ${error.message}`; whole.hidden = false; editor.scrollTop = 0; }
      say("Not saved", { bad: true });
    } finally {
      button.disabled = false;
    }
  });
  editor.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.defaultPrevented) { event.preventDefault(); stop(); }
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); form.requestSubmit(); }
  });
  for (const button of all("[data-cancel]", editor)) button.addEventListener("click", stop);

  document.getElementById("add").addEventListener("click", () => start(null));
  article.perform.correct = () => start(article.current());
  desk.hold(() => !editor.hidden);
  keys("Claims", { c: ["Correct", () => article.current() && article.perform.correct()] });
})();
