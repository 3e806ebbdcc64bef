// Shared by all pages. A page's own script comes after it and uses `desk`:
//   await desk.send("POST", "/v1/…", body)   JSON in and out; throws desk.Failed (status, what, mend, fields)
//   desk.toast("Saved", {action: ["Undo", run]})   said to screen readers too; {bad: true} stays until closed
//   desk.keys("Claims", {a: ["Accept", run]})      single keys, listed by ?; elements with data-key="n" are keys too
//   desk.rove(list, "li")                          one item in the tab order, moved by arrows, Home, End
const desk = (() => {
  const all = (css, root = document) => [...root.querySelectorAll(css)];

  // make("a", {class: "chip", href: "/"}, "text", child)
  const make = (name, facts = {}, ...children) => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(facts)) if (value !== null && value !== undefined && value !== false) element.setAttribute(key, value === true ? "" : value);
    element.append(...children.filter((child) => child !== null && child !== undefined));
    return element;
  };

  // --- requests ---

  class Failed extends Error {
    constructor(status, what, mend = "", fields = []) {
      super(mend ? `${what} (${mend})` : what);
      Object.assign(this, { status, what, mend, fields });
    }
  }

  const problem = (status, found) => {
    if (found && found.error) return new Failed(status, found.error.what, found.error.mend || "", found.error.fields || []);
    if (status === 401) return new Failed(status, "You are logged out", "log in again in another tab, then repeat this");
    return new Failed(status, `The server answered ${status}`, "try again, or see its log");
  };

  const send = async (method, address, body, { timeout = 20_000 } = {}) => {
    const headers = { Accept: "application/json", "X-CSRF-Token": document.querySelector('meta[name="csrf"]')?.content ?? "" };
    if (body !== undefined) headers["Content-Type"] = "application/json";
    let answer;
    try {
      answer = await fetch(address, { method, headers, credentials: "same-origin", signal: AbortSignal.timeout(timeout), body: body === undefined ? undefined : JSON.stringify(body) });
    } catch (error) {
      throw new Failed(0, error.name === "TimeoutError" ? "The server did not answer in time" : "The server cannot be reached", "is claimstake serve still running?");
    }
    const json = (answer.headers.get("Content-Type") || "").includes("json");
    const found = json ? await answer.json().catch(() => null) : null;
    if (!answer.ok) throw problem(answer.status, found);
    return found;
  };

  // --- what is said: toasts, and words for screen readers alone ---

  const regions = {};
  const region = (name, facts) => (regions[name] ??= document.body.appendChild(make("div", facts)));
  const ready = () => { region("toasts", { class: "toasts", role: "region", "aria-label": "Messages" }); region("said", { class: "sr", role: "status" }); region("alarm", { class: "sr", role: "alert" }); };
  const say = (text, { bad = false } = {}) => {
    ready();
    const place = regions[bad ? "alarm" : "said"];
    place.textContent = "";
    setTimeout(() => { place.textContent = text; }, 30);  // a change, even where the words are the same
  };

  const toast = (text, { bad = false, action = null, wait = 7000 } = {}) => {
    ready();
    const box = make("div", { class: bad ? "toast bad" : "toast" }, make("span", {}, text));
    const close = () => { clearTimeout(timer); box.remove(); };
    if (action) {
      const button = make("button", { type: "button" }, action[0]);
      button.addEventListener("click", () => { close(); action[1](); });
      box.append(button);
    }
    const shut = make("button", { type: "button", class: "close", "aria-label": "Close this message" }, "✕");
    shut.addEventListener("click", close);
    box.append(shut);
    while (regions.toasts.children.length > 2) regions.toasts.firstChild.remove();
    regions.toasts.append(box);
    say(text, { bad });
    let timer = null;
    const start = () => { if (!bad) timer = setTimeout(close, wait); };
    for (const name of ["mouseenter", "focusin"]) box.addEventListener(name, () => clearTimeout(timer));
    for (const name of ["mouseleave", "focusout"]) box.addEventListener(name, start);
    start();
    return close;
  };
  const short = (text, most = 60) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);
  const fail = (error, doing = "") => toast(`${doing ? doing + ": " : ""}${error.message}`, { bad: true });

  // --- keys ---

  const groups = new Map();
  const OFF = "claimstake.keys";  // localStorage: "off" where somebody switched single keys off
  const kept = { get on() { try { return localStorage.getItem(OFF) !== "off"; } catch { return true; } }, set on(value) { try { localStorage.setItem(OFF, value ? "on" : "off"); } catch { /* private window */ } } };
  const keys = (group, table) => groups.set(group, { ...groups.get(group), ...table });
  const typing = (element) => element.isContentEditable || /^(TEXTAREA|SELECT)$/.test(element.tagName) || (element.tagName === "INPUT" && !/^(checkbox|radio|button|submit|range)$/.test(element.type));
  const marked = () => all("[data-key]").filter((e) => !e.disabled && e.offsetParent !== null);
  const press = (element) => (/^(INPUT|SELECT|TEXTAREA)$/.test(element.tagName) ? (element.focus(), element.select?.()) : element.click());

  let held = () => false;  // a page says when its single keys rest, as while a form is open
  let first = null;  // of two keys after each other, as in "g i"
  const found = (key) => {
    for (const table of groups.values()) if (table[key]) return table[key][1];
    const element = marked().find((e) => e.dataset.key === key);
    return element ? () => press(element) : null;
  };
  const begins = (key) => [...groups.values()].some((table) => Object.keys(table).some((name) => name.startsWith(`${key} `)));
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (typing(event.target) || held() || document.querySelector("dialog:modal")) return;
    if (!kept.on && event.key !== "?") return;
    if ((event.key === "Enter" || event.key === " ") && event.target.closest("a, button, summary, input, [role=button]")) return;
    const both = first && `${first} ${event.key}`;
    const run = (both && found(both)) || found(event.key);
    first = null;
    if (run) { event.preventDefault(); run(event); return; }
    if (begins(event.key)) { first = event.key; setTimeout(() => { first = null; }, 1200); }
  });

  const shown = (name) => name.split(" ").flatMap((key, i) => [i ? " " : null, make("kbd", {}, { ArrowDown: "↓", ArrowUp: "↑", Enter: "Enter", Escape: "Esc", " ": "Space" }[key] || key)]);
  const list = (title, rows) => make("section", {}, make("h3", {}, title), make("dl", {}, ...rows.flatMap(([key, says]) => [make("dt", {}, ...shown(key)), make("dd", {}, says)])));
  const help = () => {
    const own = marked().filter((e) => e.dataset.key !== "?").map((e) => [e.dataset.key, e.dataset.keySays || e.getAttribute("aria-label") || e.textContent.trim()]);
    const boxes = [...groups].reverse().map(([title, table]) => list(title, Object.entries(table).filter(([, [says]]) => says).map(([key, [says]]) => [key, says])));
    if (own.length) boxes.splice(-1, 0, list("This page", own));
    const box = make("input", { type: "checkbox", id: "single-keys" });
    box.checked = kept.on;
    box.addEventListener("change", () => { kept.on = box.checked; });
    const shut = make("button", { type: "button", class: "button icon quiet", "aria-label": "Close" }, "✕");
    const dialog = make("dialog", { "aria-labelledby": "keys-title" },
      make("header", {}, make("h2", { id: "keys-title" }, "Keys"), shut),
      make("div", { class: "body stack" }, make("div", { class: "keys" }, ...boxes), make("label", { class: "check" }, box, "Single keys do something (switch off where they get in the way of other tools)")));
    shut.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
  };

  // --- lists in which keys move ---

  const rove = (root, css, { then = () => {} } = {}) => {
    const items = () => all(css, root).filter((item) => item.offsetParent !== null);
    const current = () => items().find((item) => item.tabIndex === 0) || null;
    const set = (item, { focus = true } = {}) => {
      if (!item) return;
      for (const other of all(css, root)) { other.tabIndex = other === item ? 0 : -1; other.classList.toggle("current", other === item); }
      if (focus) { item.focus({ preventScroll: true }); item.scrollIntoView({ block: "nearest" }); }
      then(item);
    };
    const move = (by) => {
      const those = items();
      const at = those.indexOf(current());
      const on = those[at]?.contains(document.activeElement) || document.activeElement === those[at];
      set(those[Math.max(0, Math.min(those.length - 1, on || by < 0 ? at + by : at))]);
    };
    root.addEventListener("focusin", (event) => { const item = event.target.closest(css); if (item && item.tabIndex !== 0) set(item, { focus: false }); });
    root.addEventListener("keydown", (event) => {
      if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || typing(event.target)) return;
      const to = { ArrowDown: 1, ArrowUp: -1, Home: -1e9, End: 1e9 }[event.key];
      if (to) { event.preventDefault(); move(to); }
    });
    set(items()[0], { focus: false });
    return { items, current, set, move };
  };

  // --- times: the server writes UTC, the reader sees local ones ---

  const times = (root = document) => {
    const form = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
    for (const e of all("time[datetime*='T']", root)) {
      const at = new Date(e.dateTime);
      if (!Number.isNaN(at.getTime())) { e.title = form.format(at); e.textContent = ago(at); }
    }
  };
  const ago = (at) => {
    const seconds = (at - Date.now()) / 1000;
    const words = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "short" });
    for (const [unit, size] of [["year", 31_536_000], ["month", 2_592_000], ["day", 86_400], ["hour", 3600], ["minute", 60]]) {
      if (Math.abs(seconds) >= size) return words.format(Math.trunc(seconds / size), unit);
    }
    return "just now";
  };

  const go = (address) => () => { location.href = address; };
  keys("Everywhere", {
    "g i": ["Inbox", go("/")], "g c": ["Claims", go("/claims")], "g l": ["Ledger", go("/ledger")], "g g": ["Graph", go("/graph")], "g p": ["Paste", go("/paste")],
    "?": ["These keys", help],
  });
  document.querySelector("#keys-help")?.addEventListener("click", help);
  times();
  return { all, make, Failed, send, say, toast, fail, short, keys, hold: (when) => { held = when; }, help, rove, times, ago };
})();
const { send } = desk;
