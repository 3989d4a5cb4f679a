// What the evaluation would cost follows the form. Attached by data-trial (the address that reckons) and data-estimate.
// Without it, "Calculer" does the same.
const form = document.querySelector("[data-trial]");

if (form) {
  const shown = form.querySelector("[data-estimate]");
  let asked = 0, waiting = null;
  const quiet = (part) => part.querySelector("[data-without-script]")?.remove();

  const refresh = async () => {
    const mine = ++asked;
    const answer = await fetch(form.dataset.trial, { method: "POST", body: new FormData(form) }).catch(() => null);
    if (!answer?.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("[data-estimate]");
    if (mine !== asked || !fresh) return;
    quiet(fresh);
    if (fresh.textContent !== shown.textContent) shown.replaceChildren(...fresh.childNodes);
  };

  quiet(shown);
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(refresh, 300);
  });
}
