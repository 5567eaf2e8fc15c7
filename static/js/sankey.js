// Funding flows: who gives through which instrument to what. Amounts come in words from the server; numbers
// here only decide how wide a band is.

import { base, dataOf, draw, token } from "./chart_theme.js";

const NARROW = 560;

function options(data, width) {
  const narrow = width < NARROW;
  const columns = 1 + Math.max(...data.nodes.map((node) => node.depth));
  const room = narrow ? Math.floor(width / columns) - 14 : Math.min(250, Math.floor(width / columns) - 40);
  const amounts = columns === 3 && width > 900;
  const labelOf = new Map(data.nodes.map((node) => [node.name, node.label]));
  return {
    tooltip: {
      ...base().tooltip,
      formatter: ({ dataType, data: shown }) =>
        dataType === "edge"
          ? `${labelOf.get(shown.source)} → ${labelOf.get(shown.target)}\n${shown.text}`
          : `${shown.label}\n${shown.text}`,
    },
    series: {
      type: "sankey",
      left: 2,
      right: narrow ? room : room + 10,
      top: 6,
      bottom: 6,
      nodeWidth: narrow ? 8 : 14,
      nodeGap: narrow ? 14 : 16,
      layoutIterations: 0,
      draggable: false,
      emphasis: { focus: "adjacency" },
      label: {
        color: token("ink"),
        fontSize: narrow ? 11 : 13,
        width: room,
        overflow: narrow ? "break" : "truncate",
        lineHeight: narrow ? 12 : 16,
        textBorderColor: token("surface"),
        textBorderWidth: 3,
        formatter: ({ data: shown }) => (amounts ? `${shown.label}  {amount|${shown.amount}}` : shown.label),
        rich: { amount: { color: token("muted"), fontSize: 12 } },
      },
      data: data.nodes.map(({ name, label, depth, token: colour, amount, text, address }) => ({
        name, label, depth, amount, text, address,
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
  draw(element, (width) => options(data, width), ({ data: chosen }) => {
    if (!chosen || !chosen.address) return;
    // The page behind a band shows itself in no frame of another site: there it has a window of its own.
    if (window.top === window) window.location.assign(chosen.address);
    else window.open(chosen.address, "_blank", "noopener");
  });
}
