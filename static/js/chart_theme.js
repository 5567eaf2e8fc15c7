// What all charts share: colours of the page's tokens, the theme as it changes, motion, and their room.

const root = document.documentElement;
const dark = window.matchMedia("(prefers-color-scheme: dark)");
const PAPER = 660; // the width of an A4 page within its margins, in CSS pixels
const still = window.matchMedia("(prefers-reduced-motion: reduce)");

/** Return the colour of a token of tokens.css in the theme that is shown. */
export function token(name) {
  return getComputedStyle(root).getPropertyValue(`--${name}`).trim();
}

/** Take the colours of the dark theme away, as paper is light, or bring them back. */
function light(on) {
  const colours = document.getElementById("dark-tokens");
  if (colours) colours.disabled = on;
}

/** Return the options that every chart begins with. */
export function base() {
  return {
    animation: !still.matches,
    animationDuration: 300,
    textStyle: { fontFamily: token("font"), color: token("ink") },
    tooltip: {
      renderMode: "richText",
      confine: true,
      backgroundColor: token("surface"),
      borderColor: token("edge"),
      textStyle: { color: token("ink"), fontSize: 13 },
    },
  };
}

/** Return the data that the page carries in a script element with this id. */
export function dataOf(id) {
  return JSON.parse(document.getElementById(id).textContent);
}

/** Draw a chart into an element, and again whenever its width or the theme changes. */
export function draw(element, optionsOf, onClick) {
  element.replaceChildren();
  const chart = window.echarts.init(element, null, { renderer: "svg" });
  const paint = () => chart.setOption({ ...base(), ...optionsOf(element.clientWidth, element.clientHeight) }, { notMerge: true });
  paint();
  let width = element.clientWidth;
  new ResizeObserver(() => {
    if (element.clientWidth === width) return;
    width = element.clientWidth;
    chart.resize();
    paint();
  }).observe(element);
  dark.addEventListener("change", paint);
  // Paper is narrower than most screens, and a page is laid out for it only after this event.
  window.addEventListener("beforeprint", () => {
    light(true);
    const narrow = Math.min(PAPER, element.clientWidth);
    chart.resize({ width: narrow });
    chart.setOption({ ...base(), ...optionsOf(narrow, element.clientHeight), animation: false }, { notMerge: true });
  });
  window.addEventListener("afterprint", () => {
    light(false);
    chart.resize({ width: "auto" });
    paint();
  });
  new MutationObserver(paint).observe(root, { attributes: true });
  if (onClick) chart.on("click", onClick);
  return chart;
}
