// "Copier l’adresse": appears where the browser can copy, and says that it did. Attached by data-copy, data-copy-from.
const copied = document.querySelector("[data-copy-from]");

document.querySelectorAll("[data-copy]").forEach((button) => {
  if (!copied || !navigator.clipboard) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(copied.value);
    const words = button.querySelector("[data-copied]");
    const before = words.textContent;
    words.textContent = words.dataset.copied;
    words.setAttribute("role", "status");
    setTimeout(() => (words.textContent = before), 3000);
  });
});
