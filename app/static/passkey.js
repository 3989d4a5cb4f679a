// Passkeys: the button appears where the browser knows them; what the device answers goes into the form, which is sent.
// Attached by data-passkey="get" or "create" on a form with the options in data-options.
document.querySelectorAll("form[data-passkey]").forEach((form) => {
  if (!window.PublicKeyCredential?.parseRequestOptionsFromJSON) return;
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    if (form.answer.value) return;
    event.preventDefault();
    const said = JSON.parse(form.dataset.options);
    const failed = form.querySelector("[data-failed]");
    failed.hidden = true;
    try {
      const made =
        form.dataset.passkey === "create"
          ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(said) })
          : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(said) });
      form.answer.value = JSON.stringify(made.toJSON());
      form.submit();
    } catch {
      failed.hidden = false;
    }
  });
});
