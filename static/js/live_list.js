// A list that follows its form: as somebody types or ticks, the page of those choices is asked for, and what
// has changed is put in its place. Without this, the form's button does the same.

const PAUSE = 250;

const form = document.querySelector("form[data-live]");
const parts = form.dataset.live.split(" ");
let waiting;
let asking;

function address() {
  const asked = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (value !== "") asked.append(name, value);
  const query = asked.toString();
  return window.location.pathname + (query ? `?${query}` : "");
}

function put(fresh) {
  for (const id of parts) {
    const [shown, next] = [document.getElementById(id), fresh.getElementById(id)];
    if (shown && next) shown.replaceChildren(...next.childNodes);
  }
  // The choices stay where they are, so that neither the focus nor what is unfolded gets lost.
  for (const next of fresh.querySelectorAll("[data-facet]")) {
    const shown = form.querySelector(`[data-facet="${CSS.escape(next.dataset.facet)}"]`);
    if (!shown) continue;
    shown.className = next.className;
    shown.querySelector(".number").textContent = next.querySelector(".number").textContent;
  }
  // The date of the header keeps the filters too: its form and links are those of the new address.
  const [date, nextDate] = [document.querySelector(".as-of-choice"), fresh.querySelector(".as-of-choice")];
  if (date && nextDate) date.replaceChildren(...nextDate.childNodes);
  document.getElementById("said").textContent = document.getElementById("list").textContent;
}

async function show() {
  asking?.abort();
  asking = new AbortController();
  const wanted = address();
  try {
    const response = await fetch(wanted, { signal: asking.signal });
    // Something else than the list, such as the login, is for the whole window.
    if (!response.ok || response.redirected) {
      window.location.assign(wanted);
      return;
    }
    put(new DOMParser().parseFromString(await response.text(), "text/html"));
    window.history.replaceState(null, "", wanted);
  } catch (error) {
    if (error.name !== "AbortError") window.location.assign(wanted);
  }
}

function soon(pause) {
  window.clearTimeout(waiting);
  waiting = window.setTimeout(show, pause);
}

form.addEventListener("input", (event) => soon(event.target.type === "search" ? PAUSE : 0));
form.addEventListener("submit", (event) => {
  event.preventDefault();
  soon(0);
});
