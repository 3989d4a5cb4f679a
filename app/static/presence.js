// A session that ends when nothing happens: whoever types is there, whoever is not is told a minute before. The server alone
// decides; this only asks it. Without this module a form that is sent too late comes back after signing in, all the same.
const banner = document.querySelector("[data-left]");
const stay = banner.querySelector("form");
const words = banner.querySelector("[data-words]");
const WARNED = 120; // seconds: a minute of warning, and the minute that the server grants
const ONCE = 60; // a page says once a minute at most that somebody is there
let endsAt = Date.now() + 1000 * banner.dataset.left;
let saidAt = Date.now();
let isWritten = false;
let isOver = false;

const left = () => (endsAt - Date.now()) / 1000;

const show = () => {
  banner.hidden = !isOver && left() > WARNED;
};

const over = () => {
  if (!isWritten && !document.querySelector("[aria-invalid]")) {
    location.assign(location.href);
    return;
  }
  isOver = true;
  stay.hidden = true;
  words.textContent = banner.dataset.over;
  show();
};

// Asks how long it is, or says that somebody is there. An answer that leads elsewhere: it is over.
const ask = async (options) => {
  try {
    const answer = await fetch(stay.action, { redirect: "manual", ...options });
    if (answer.type === "opaqueredirect") return over();
    if (!answer.ok) return options ? ask() : undefined;
    endsAt = Date.now() + 1000 * (await answer.json()).left;
    show();
  } catch {
    // The network is away: the next look asks again.
  }
};

const sayThere = () => {
  saidAt = Date.now();
  return ask({ method: "POST", body: new FormData(stay) });
};

stay.addEventListener("submit", (event) => {
  event.preventDefault();
  sayThere();
});
document.addEventListener("input", () => (isWritten = true));
["keydown", "pointerdown"].forEach((act) =>
  document.addEventListener(act, () => {
    if (!isOver && Date.now() - saidAt > 1000 * ONCE) sayThere();
  })
);
setInterval(() => {
  if (!isOver && left() < WARNED) ask();
}, 10000);
