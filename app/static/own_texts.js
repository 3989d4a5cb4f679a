// The preview follows what is typed; variables are inserted where the cursor stands. Attached by data-own-text (the address of
// the preview), data-preview, data-insert. Without it, "Voir l’aperçu" does the same and the variables are typed.
const form = document.querySelector("[data-own-text]");

if (form) {
  const preview = form.querySelector("[data-preview]");
  const fields = [...form.querySelectorAll("textarea, input[name=subject]")];
  let asked = 0, waiting = null, field = fields.at(-1);

  const refresh = async () => {
    const mine = ++asked;
    const answer = await fetch(form.dataset.ownText, { method: "POST", body: new FormData(form) }).catch(() => null);
    if (!answer?.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("[data-preview]");
    if (mine === asked && fresh) preview.replaceChildren(...fresh.childNodes);
  };

  const soon = () => {
    clearTimeout(waiting);
    waiting = setTimeout(refresh, 400);
  };

  form.addEventListener("input", soon);
  fields.forEach((one) => one.addEventListener("focus", () => (field = one)));
  form.querySelectorAll("[data-insert]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => {
      field.setRangeText(button.dataset.insert, field.selectionStart, field.selectionEnd, "end");
      field.focus();
      soon();
    });
  });
}
