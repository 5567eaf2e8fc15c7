// Funding flows: who gives through which instrument to what. Amounts come in words from the server; numbers
// here only decide how wide a band is.

import { base, dataOf, draw, token } from "./chart_theme.js";

const NARROW = 560;
const EDGE = 9; // above the first box and below the last

const pen = document.createElement("canvas").getContext("2d");

/** Return a text on at most some lines of a width, cut with an ellipsis where it needs more. */
function fitted(text, lines, width) {
  const fits = (words) => pen.measureText(words).width <= width;
  const cut = (words) => {
    let end = words.length;
    while (end > 1 && !fits(`${words.slice(0, end)}…`)) end -= 1;
    return `${words.slice(0, end).trimEnd()}…`;
  };
  const found = [];
  let rest = text;
  while (rest && found.length < lines - 1 && !fits(rest)) {
    const words = rest.split(" ");
    let taken = words.length;
    while (taken > 1 && !fits(words.slice(0, taken).join(" "))) taken -= 1;
    const line = words.slice(0, taken).join(" ");
    found.push(fits(line) ? line : cut(line));
    rest = words.slice(taken).join(" ");
  }
  if (rest) found.push(fits(rest) ? rest : cut(rest));
  return found.join("\n");
}

/** Return a name, cut where it needs more than the room that its amount leaves it, and the amount, whole. */
function withAmount({ words, amount }, width) {
  return `${fitted(words, 1, width - pen.measureText(`  ${amount}`).width)}  {amount|${amount}}`;
}

/** Return the height of each box, as the drawing will have it: by its share of the fullest column. */
function heightsOf(nodes, room, gap) {
  const columns = new Map();
  for (const { depth, euro } of nodes) {
    const { sum, count } = columns.get(depth) ?? { sum: 0, count: 0 };
    columns.set(depth, { sum: sum + Number(euro), count: count + 1 });
  }
  const scales = [...columns.values()].map(({ sum, count }) => (room - (count - 1) * gap) / sum);
  const scale = Math.min(...scales);
  return new Map(nodes.map(({ name, euro }) => [name, Number(euro) * scale]));
}

function options(data, width, height) {
  const narrow = width < NARROW;
  const [nodeGap, lineHeight] = narrow ? [14, 12] : [16, 16];
  const heights = heightsOf(data.nodes, height - 2 * EDGE, nodeGap);
  pen.font = `${narrow ? 11 : 13}px ${token("font")}`;
  const columns = 1 + Math.max(...data.nodes.map((node) => node.depth));
  const room = narrow ? Math.floor(width / columns) - 14 : Math.min(290, Math.floor(width / columns) - 40);
  const amounts = columns === 3 && width > 900;
  const labelOf = new Map(data.nodes.map((node) => [node.name, node.label]));
  return {
    tooltip: {
      ...base().tooltip,
      formatter: ({ dataType, data: shown }) =>
        dataType === "edge"
          ? `${labelOf.get(shown.source)} → ${labelOf.get(shown.target)}\n${shown.text}`
          : `${shown.words}\n${shown.text}`,
    },
    series: {
      type: "sankey",
      left: 2,
      right: narrow ? room : room + 10,
      top: EDGE,
      bottom: EDGE,
      nodeWidth: narrow ? 8 : 14,
      nodeGap,
      layoutIterations: 0,
      draggable: false,
      emphasis: { focus: "adjacency" },
      label: {
        color: token("ink"),
        fontSize: narrow ? 11 : 13,
        width: room,
        lineHeight,
        overflow: narrow || amounts ? "none" : "truncate",
        ellipsis: "…",
        textBorderColor: token("surface"),
        textBorderWidth: 3,
        formatter: ({ data: shown }) => {
          if (amounts) return withAmount(shown, room);
          const lines = Math.floor((heights.get(shown.name) + nodeGap) / lineHeight);
          return narrow ? fitted(shown.words, Math.max(1, lines), room - 6) : shown.words;
        },
        rich: { amount: { color: token("muted"), fontSize: 12 } },
      },
      data: data.nodes.map(({ name, label: words, depth, token: colour, amount, text, address }) => ({
        name, words, depth, amount, text, address,
        itemStyle: { color: token(colour), borderWidth: 0 },
      })),
      links: data.links.map(({ source, target, token: colour, euro, text, address }) => ({
        source, target, text, address, value: Number(euro),
        lineStyle: { color: token(colour), opacity: 0.4, curveness: 0.5 },
      })),
    },
  };
}

for (const element of document.querySelectorAll("[data-sankey]")) {
  const data = dataOf(element.dataset.sankey);
  draw(element, (...room) => options(data, ...room), ({ data: chosen }) => {
    if (!chosen || !chosen.address) return;
    // The page behind a band shows itself in no frame of another site: there it has a window of its own.
    if (window.top === window) window.location.assign(chosen.address);
    else window.open(chosen.address, "_blank", "noopener");
  });
}
