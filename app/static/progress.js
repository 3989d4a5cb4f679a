// How far an import is, looked at again every two seconds. Attached by data-progress. When it is done the page is shown anew.
// Without this module, "Actualiser" does the same.
const lookAgain = async () => {
  const shown = document.querySelector("[data-progress]");
  if (!shown) return;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const now = page.querySelector("[data-progress]");
    if (!now || page.querySelector("h1")?.textContent !== document.querySelector("h1").textContent) {
      location.reload();
      return;
    }
    shown.replaceWith(now);
  } catch {
    // The network is away: the next look may find it again.
  }
  setTimeout(lookAgain, 2000);
};
setTimeout(lookAgain, 2000);
