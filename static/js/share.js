// Below a chart that the server draws: its picture as PNG, and its code copied. Without this, SVG and CSV remain.

import { button, pngOf, save } from "./picture.js";

for (const link of document.querySelectorAll("[data-picture]:not([data-wired])")) {
  link.dataset.wired = "";
  const png = button("PNG", link.closest(".share").dataset.fault, async () => {
    const answer = await fetch(link.href);
    if (!answer.ok) throw new Error(answer.status);
    save(await pngOf(await answer.text(), "#fff"), `${link.parentElement.dataset.share}.png`);
  });
  link.after(" ", png);
}

for (const code of document.querySelectorAll(".share textarea:not([data-wired])")) {
  code.dataset.wired = "";
  code.addEventListener("focus", () => code.select());
  if (!navigator.clipboard) continue;
  const copy = button(code.dataset.copy, code.closest(".share").dataset.fault, async () => {
    await navigator.clipboard.writeText(code.value);
    copy.textContent = code.dataset.copied;
  });
  code.after(copy);
}
