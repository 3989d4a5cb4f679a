// The day's list: "Imprimer" appears, and a tap is kept without losing one's place. Attached by data-print, data-tap.
// Without this module every button posts its form and the page comes back at the same line.
const showPrint = () => document.querySelectorAll("[data-print]").forEach((button) => (button.hidden = false));
showPrint();
document.addEventListener("click", (event) => event.target.closest("[data-print]") && window.print());

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("[data-tap]");
  if (!form || !event.submitter) return;
  event.preventDefault();
  const body = new FormData(form, event.submitter);
  const said = event.submitter.value;
  const id = form.closest("tr").id;
  try {
    const answer = await fetch(form.action, { method: "POST", body });
    if (!answer.ok) throw new Error(answer.status);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!page.getElementById(id)) throw new Error("signed out");
    document.querySelector("main").replaceWith(page.querySelector("main"));
    showPrint();
    const row = document.getElementById(id);
    const next = row.querySelector(`[value="${said}"]`) || row.querySelector("button");
    if (next) next.focus();
  } catch {
    const outcome = Object.assign(document.createElement("input"), { type: "hidden", name: "outcome", value: said });
    form.append(outcome);
    form.submit();
  }
});
