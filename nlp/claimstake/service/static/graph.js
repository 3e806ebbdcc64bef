"use strict";
// A thing's name lights the edges that lead to it; an edge lights the thing. (An actor's edges are lit by the style sheet.)
(() => {
  const picture = document.querySelector("svg.network");
  if (!picture) return;
  const things = desk.all("[data-thing]", picture);
  const light = (number) => {
    picture.classList.toggle("dim", number !== null);
    for (const element of things) element.classList.toggle("lit", element.dataset.thing === number);
  };
  const over = (event) => { const node = event.target.closest(".node[data-thing]"); light(node ? node.dataset.thing : null); };
  for (const name of ["pointerover", "focusin"]) picture.addEventListener(name, over);
  for (const name of ["pointerleave", "focusout"]) picture.addEventListener(name, () => light(null));
})();
