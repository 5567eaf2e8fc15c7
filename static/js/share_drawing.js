// Below a chart that the browser draws: it as SVG and as PNG, as it is drawn now.

import { token } from "./chart_theme.js";
import { button, filled, pngOf, save } from "./picture.js";

const NAMESPACE = "http://www.w3.org/2000/svg";
const LINE = 20;

/** Return what stands below a drawing that is taken elsewhere: the notice of the portfolio, and `source` with the
    day and the address in its places. */
function foot(source) {
  const notice = document.querySelector(".notice:not(.past) p");
  const day = document.querySelector(".sub").textContent.trim();
  return [...(notice ? [notice.textContent.trim()] : []), filled(source, day, location.href)];
}

/** Return a drawing as an SVG that says its size, its ground and what it is, so that it stands alone. */
function svgOf(drawing, source) {
  const shown = drawing.querySelector("svg");
  const svg = shown.cloneNode(true);
  svg.setAttribute("xmlns", NAMESPACE);
  svg.setAttribute("width", shown.clientWidth);
  const lines = foot(source);
  const height = shown.clientHeight + LINE * lines.length + LINE / 2;
  svg.setAttribute("height", height);
  svg.setAttribute("viewBox", `0 0 ${shown.clientWidth} ${height}`);
  // While it comes into view a drawing is cut off where it has come to.
  for (const cut of svg.querySelectorAll("[clip-path]")) cut.removeAttribute("clip-path");
  const ground = document.createElementNS(NAMESPACE, "rect");
  for (const [name, value] of [["width", "100%"], ["height", "100%"], ["fill", token("surface")]]) {
    ground.setAttribute(name, value);
  }
  svg.prepend(ground);
  lines.forEach((line, place) => {
    const written = document.createElementNS(NAMESPACE, "text");
    const look = { x: 8, y: shown.clientHeight + LINE * (place + 1), "font-size": 12, "font-family": "sans-serif", fill: token("ink") };
    for (const [name, value] of Object.entries(look)) written.setAttribute(name, value);
    written.textContent = line;
    svg.append(written);
  });
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
  const { share: name, source } = files.dataset;
  const { fault } = files.closest(".share").dataset;
  const written = () => svgOf(drawing, source);
  const svg = button("SVG", fault, () => save(new Blob([written()], { type: "image/svg+xml" }), `${name}.svg`));
  const png = button("PNG", fault, async () => save(await pngOf(written(), token("surface")), `${name}.png`));
  files.prepend(svg, " ", png, " ");
}
