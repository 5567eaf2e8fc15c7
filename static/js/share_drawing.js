// Below a chart that the browser draws: it as SVG and as PNG, as it is drawn now.

import { token } from "./chart_theme.js";
import { button, pngOf, save } from "./picture.js";

const NAMESPACE = "http://www.w3.org/2000/svg";

/** Return a drawing as an SVG that says its size, its ground and what it is, so that it stands alone. */
function svgOf(drawing) {
  const shown = drawing.querySelector("svg");
  const svg = shown.cloneNode(true);
  svg.setAttribute("xmlns", NAMESPACE);
  svg.setAttribute("width", shown.clientWidth);
  svg.setAttribute("height", shown.clientHeight);
  svg.setAttribute("viewBox", `0 0 ${shown.clientWidth} ${shown.clientHeight}`);
  // While it comes into view a drawing is cut off where it has come to.
  for (const cut of svg.querySelectorAll("[clip-path]")) cut.removeAttribute("clip-path");
  const ground = document.createElementNS(NAMESPACE, "rect");
  for (const [name, value] of [["width", "100%"], ["height", "100%"], ["fill", token("surface")]]) {
    ground.setAttribute(name, value);
  }
  svg.prepend(ground);
  svg.setAttribute("role", "img");
  const words = document.getElementById(drawing.getAttribute("aria-describedby"));
  const title = `${document.title}. ${document.querySelector(".sub").textContent}`;
  for (const [name, text] of [["desc", words.textContent], ["title", title]]) {
    const told = document.createElementNS(NAMESPACE, name);
    told.textContent = text.trim();
    svg.prepend(told);
  }
  return new XMLSerializer().serializeToString(svg);
}

for (const files of document.querySelectorAll("[data-drawing]")) {
  const drawing = document.querySelector(files.dataset.drawing);
  const name = files.dataset.share;
  const svg = button("SVG", () => save(new Blob([svgOf(drawing)], { type: "image/svg+xml" }), `${name}.svg`));
  const png = button("PNG", async () => save(await pngOf(svgOf(drawing), token("surface")), `${name}.png`));
  files.prepend(svg, " ", png, " ");
}
