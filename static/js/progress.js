// While changes wait: asks for the page again every few seconds, and puts what has changed in its place.

const SECONDS = 3;
const PARTS = ["progress", "runs"];

async function lookAgain() {
  if (document.hidden) return true;
  const response = await fetch(window.location.href);
  if (!response.ok) return true;
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  for (const id of PARTS) {
    const [shown, next] = [document.getElementById(id), fresh.getElementById(id)];
    // What somebody is reading by keyboard stays until they leave it.
    if (shown && next && !shown.contains(document.activeElement)) {
      shown.replaceChildren(...next.childNodes);
    }
  }
  const { waiting, says } = fresh.getElementById("progress").dataset;
  const progress = document.getElementById("progress");
  if (progress.dataset.waiting !== waiting) {
    progress.dataset.waiting = waiting;
    document.getElementById("said").textContent = says ?? `Waiting: ${waiting}`;
  }
  const [badge, freshBadge] = [document.querySelector(".sub"), fresh.querySelector(".sub")];
  if (badge && freshBadge) badge.replaceChildren(...freshBadge.childNodes);
  return waiting !== "0";
}

async function watch() {
  let waits = true;
  try {
    waits = await lookAgain();
  } catch {
    // The server cannot be reached just now: the next look may.
  }
  if (waits) window.setTimeout(watch, SECONDS * 1000);
}

window.setTimeout(watch, SECONDS * 1000);
