// The selection of a list: tick all, count, a bar once somebody is chosen; filters that apply at once. Attached by data- attributes;
// without it, "Tout choisir" is a link and the count is the server's.
const form = document.querySelector("[data-selection]");

if (form) {
  const ticks = [...form.querySelectorAll("[data-tick]")];
  const all = form.querySelector("[data-tick-all]");
  const whole = form.querySelector("[data-whole]");
  const count = form.querySelector("[data-count]");
  const noun = form.querySelector("[data-noun]");
  const bar = form.querySelector("[data-bar]");
  let last = null;

  const show = () => {
    const ticked = ticks.filter((one) => one.checked).length;
    const number = whole?.checked ? Number(whole.dataset.whole) : ticked;
    if (bar) bar.hidden = number === 0;
    if (count) count.textContent = number;
    if (!noun) return;
    noun.textContent = number > 1 ? "personnes choisies" : "personne choisie";
    if (all) {
      all.textContent = ticked === ticks.length ? "Rien" : "Tout";
      all.ariaLabel = ticked === ticks.length ? "Rien choisir" : "Tout choisir";
    }
    for (const one of ticks) one.closest("tr").classList.toggle("ticked", one.checked);
  };

  all?.addEventListener("click", (event) => {
    event.preventDefault();
    const wanted = ticks.some((one) => !one.checked);
    for (const one of ticks) one.checked = wanted;
    show();
  });

  // Shift and click ticks everything in between, as in any list.
  form.addEventListener("click", (event) => {
    if (!event.target.matches("[data-tick]")) return;
    const here = ticks.indexOf(event.target);
    if (event.shiftKey && last !== null) {
      const [from, to] = [Math.min(last, here), Math.max(last, here)];
      for (const one of ticks.slice(from, to + 1)) one.checked = event.target.checked;
    }
    last = here;
    show();
  });

  // Enter in a field of a part of the panel presses that part's own button, not the form's first.
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches("[data-act] input")) return;
    event.preventDefault();
    event.target.closest("[data-act]").querySelector("button").click();
  });

  const acts = form.querySelector("[data-acts]");
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !acts?.open) return;
    acts.open = false;
    acts.querySelector("summary").focus();
  });

  form.addEventListener("change", show);
  window.addEventListener("pageshow", show);
  show();
}

for (const select of document.querySelectorAll("[data-submits]")) {
  select.addEventListener("change", () => select.form.requestSubmit());
}

// An address says only what narrows the list: what was left blank is not sent.
const filters = document.querySelector("[data-filters]");

filters?.addEventListener("submit", () => {
  for (const one of filters.elements) if (one.name && !one.value) one.disabled = true;
});
window.addEventListener("pageshow", () => {
  for (const one of filters?.elements ?? []) one.disabled = false;
});
