"use strict";
// Names that are suggested while somebody types (a combobox as the ARIA practices describe it), and menus that close.
(() => {
  const WAIT = 150;  // milliseconds after the last letter

  const combobox = (input, number) => {
    const list = desk.make("ul", { role: "listbox", id: `names-${number}`, class: "suggestions", hidden: true, "aria-label": "Known names" });
    input.after(list);
    for (const [name, value] of Object.entries({ role: "combobox", "aria-expanded": "false", "aria-controls": list.id, "aria-autocomplete": "list" })) input.setAttribute(name, value);
    let at = -1, timer = null, asked = "";
    const many = input.dataset.names === "many";  // names with commas between; the last one is being typed
    const typed = () => (many ? input.value.split(",").pop() : input.value).trim();

    const close = () => { clearTimeout(timer); asked = ""; list.hidden = true; at = -1; input.setAttribute("aria-expanded", "false"); input.removeAttribute("aria-activedescendant"); };
    const mark = (place) => {
      const items = [...list.children];
      at = items.length ? (place + items.length) % items.length : -1;
      items.forEach((item, i) => item.setAttribute("aria-selected", String(i === at)));
      if (at < 0) { input.removeAttribute("aria-activedescendant"); return; }
      input.setAttribute("aria-activedescendant", items[at].id);
      items[at].scrollIntoView({ block: "nearest" });
    };
    const take = (item) => {
      const before = many ? input.value.split(",").slice(0, -1).map((name) => name.trim()) : [];
      input.value = [...before, item.dataset.name].join(", ");
      close();
    };
    const show = (things) => {
      const found = [...new Map(things.map((thing) => [thing.name, thing]).reverse()).values()].reverse();  // the first of a name
      list.replaceChildren(...found.map((thing, i) => desk.make("li", { role: "option", id: `${list.id}-${i}`, "aria-selected": "false", "data-name": thing.name }, desk.make("span", {}, thing.name), desk.make("small", {}, thing.label))));
      if (!found.length) { close(); return; }
      list.hidden = false;
      at = -1;
      input.setAttribute("aria-expanded", "true");
      input.removeAttribute("aria-activedescendant");
      desk.say(`${found.length} known ${found.length === 1 ? "name" : "names"}`);
    };
    const ask = async () => {
      const begins = typed();
      if (!begins) { close(); return; }
      asked = begins;
      try {
        const found = await desk.send("GET", `/v1/entities?begins=${encodeURIComponent(begins)}`);
        if (asked === begins && document.activeElement === input) show(Array.isArray(found) ? found : found.entities);
      } catch {
        close();  // the field works without
      }
    };

    input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, WAIT); });
    input.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        if (list.hidden) ask(); else mark(at < 0 && event.key === "ArrowUp" ? -1 : at + (event.key === "ArrowDown" ? 1 : -1));
      } else if (event.key === "Enter" && at >= 0) {
        event.preventDefault();
        take(list.children[at]);
      } else if (event.key === "Escape" && !list.hidden) {
        event.preventDefault();
        event.stopPropagation();
        close();
      }
    });
    input.addEventListener("blur", close);
    list.addEventListener("mousedown", (event) => { event.preventDefault(); const item = event.target.closest("li"); if (item) take(item); });
  };

  desk.all("input[data-names]").forEach(combobox);

  // Empty fields stay out of the address.
  for (const form of desk.all("form.ask")) {
    form.addEventListener("formdata", (event) => { for (const [name, value] of [...event.formData]) if (value === "") event.formData.delete(name); });
  }

  for (const menu of desk.all("details.menu")) {
    menu.addEventListener("toggle", () => { if (menu.open) menu.querySelector("a")?.focus(); });
    menu.addEventListener("keydown", (event) => { if (event.key === "Escape" && menu.open) { menu.open = false; menu.querySelector("summary").focus(); event.stopPropagation(); } });
    document.addEventListener("click", (event) => { if (menu.open && !menu.contains(event.target)) menu.open = false; });
  }
})();
