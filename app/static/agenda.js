// The grid of the agenda: appointments are dragged or moved by arrows, panels open in place, empty time is for the taking.
// Attached by data-agenda; without this module every block is a link to a page that does the same. What a panel says and
// whether a move is wise are the server's words: this module only asks for the page and shows its data-panel.
const grid = document.querySelector("[data-agenda]");
const dialog = document.querySelector("[data-dialog]");
const body = document.querySelector("[data-dialog-body]");
const live = document.querySelector("[data-live]");
const lanes = [...grid.querySelectorAll("[data-lane]")];
const [FIRST, LAST] = [grid.dataset.first * 60, grid.dataset.last * 60];
const ROW = 5;
const STEP = 15;
const EASE = 5; // px that a hand may tremble before it drags

const hour = (minute) => `${Math.floor(minute / 60)}\u00a0h\u00a0${String(minute % 60).padStart(2, "0")}`;
const clock = (minute) => `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
const within = (minute, length) => Math.max(FIRST, Math.min(minute, LAST - length));
const spot = (lane, minute) => ({ jour: lane.dataset.day, heure: clock(minute), agent: lane.dataset.agent });
const address = (href, words) => {
  const url = new URL(href, location.href);
  for (const [name, value] of Object.entries(words)) url.searchParams.set(name, value);
  return url.href;
};

const moving = (block) => {
  const url = new URL(block.href);
  url.pathname += "/deplacer";
  return url.href;
};

// What only this module can keep: how the keys move a block, and the grip that a finger takes it by.
const isTouched = matchMedia("(pointer: coarse)").matches;
for (const block of grid.querySelectorAll("[data-move]")) {
  block.setAttribute("aria-describedby", "mode-emploi");
  if (!isTouched) continue;
  const grip = document.createElement("span");
  grip.className = "agenda-grip";
  grip.ariaHidden = "true";
  grip.dataset.grip = "";
  block.append(grip);
}
grid.addEventListener("dragstart", (event) => event.preventDefault()); // links are not dragged as links

// The ghost: where it would be.
const ghost = document.createElement("li");
ghost.className = "agenda-ghost";
ghost.ariaHidden = "true";
ghost.append(document.createElement("span"));
const haunt = (lane, minute, length) => {
  if (ghost.parentNode !== lane) lane.append(ghost);
  ghost.style.gridRow = `${(minute - FIRST) / ROW + 1} / ${(minute + length - FIRST) / ROW + 1}`;
  ghost.firstChild.textContent = hour(minute);
};
const say = (lane, minute) => (live.textContent = `${lane.dataset.words}, ${hour(minute)}`);

// Panels.
const open = async (href) => {
  try {
    const answer = await fetch(href);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const panel = page.querySelector("[data-panel]");
    if (!panel) throw new Error("not a panel");
    body.replaceChildren(panel);
    if (!dialog.open) dialog.showModal();
    (panel.querySelector("[autofocus]") || panel.querySelector("h1")).focus();
  } catch {
    location.assign(href);
  }
};
const plain = (event) => event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
dialog.addEventListener("click", (event) => {
  const link = event.target.closest("a");
  if (event.target === dialog || link?.matches("[data-close]")) event.preventDefault(), dialog.close();
  else if (link?.matches("[data-in-panel]") && plain(event)) event.preventDefault(), open(link.href);
});
dialog.addEventListener("close", () => giveUp());

// One move at a time, by hand or by keys: { block, lane, minute, length, from }.
let move = null;
const begin = (block) => {
  const [begins, ends] = [Number(block.dataset.begins), Number(block.dataset.ends)];
  const lane = block.closest("[data-lane]");
  move = { block, lane, minute: begins, length: ends - begins, home: lane, begins };
  block.classList.add("agenda-moving");
};
const carry = (lane, minute) => {
  const barred = "fixed" in move.block.dataset && lane.dataset.agent !== move.home.dataset.agent;
  move.lane = barred ? move.lane : lane;
  move.minute = within(minute, move.length);
  haunt(move.lane, move.minute, move.length);
};
const giveUp = () => {
  if (!move) return;
  move.block.classList.remove("agenda-moving");
  grid.classList.remove("is-dragging");
  ghost.remove();
  move.block.focus({ preventScroll: true });
  move = null;
};
const drop = () => {
  const { block, lane, minute, home, begins } = move;
  if (lane === home && minute === begins) giveUp();
  else open(address(moving(block), spot(lane, minute)));
};

// By hand: a mouse takes the block anywhere, a finger by its grip, so that the page can still be scrolled.
let hold = null;
let dragged = false;
grid.addEventListener("pointerdown", (event) => {
  dragged = false;
  const block = event.target.closest("[data-move]");
  if (!block || event.button !== 0 || (event.pointerType !== "mouse" && !event.target.closest("[data-grip]"))) return;
  hold = { block, x: event.clientX, y: event.clientY, below: event.clientY - block.getBoundingClientRect().top };
});
const minuteAt = (lane, y) => {
  const box = lane.getBoundingClientRect();
  return FIRST + Math.round((((y - box.top) / box.height) * (LAST - FIRST)) / STEP) * STEP;
};
const laneAt = (x, y) => document.elementsFromPoint(x, y).map((one) => one.closest("[data-lane]")).find(Boolean);
grid.addEventListener("pointermove", (event) => {
  if (!hold) return hover(event);
  if (!move && Math.hypot(event.clientX - hold.x, event.clientY - hold.y) < EASE) return;
  if (!move) {
    begin(hold.block);
    grid.setPointerCapture(event.pointerId);
    grid.classList.add("is-dragging");
  }
  const box = grid.getBoundingClientRect();
  const edge = (at, low, high) => (at < low + 32 ? -12 : at > high - 32 ? 12 : 0);
  grid.scrollBy(edge(event.clientX, box.left, box.right), edge(event.clientY, box.top + 44, box.bottom));
  const lane = laneAt(event.clientX, event.clientY) || move.lane;
  carry(lane, minuteAt(lane, event.clientY - hold.below));
});
grid.addEventListener("pointerup", () => {
  hold = null;
  if (!move) return;
  dragged = true;
  grid.classList.remove("is-dragging");
  drop();
});
grid.addEventListener("pointercancel", () => ((hold = null), giveUp()));

// Empty time: shown under the mouse, taken by a click.
const isEmpty = (target) => target.matches("[data-lane]") || target.closest("[data-opening]");
const hover = (event) => {
  const lane = event.pointerType === "mouse" && isEmpty(event.target) && event.target.closest("[data-lane]");
  if (lane) haunt(lane, within(minuteAt(lane, event.clientY - 8), 30), 30);
  else if (!move) ghost.remove();
};
grid.addEventListener("pointerleave", () => move || ghost.remove());
grid.addEventListener("click", (event) => {
  const block = event.target.closest("[data-meeting]");
  if (dragged) return (dragged = false), event.preventDefault();
  if (!plain(event)) return;
  if (block) return event.preventDefault(), open(block.href);
  if (!isEmpty(event.target) || event.detail === 0) return; // Enter on an opening is a link like any other
  event.preventDefault();
  const lane = event.target.closest("[data-lane]");
  const plus = lane.parentNode.querySelector("[data-plus]");
  location.assign(address(plus.href, spot(lane, within(minuteAt(lane, event.clientY - 8), STEP))));
});

// By keys: arrows carry an appointment, or the hour that "+" will add one at; Enter goes on, Escape gives up.
const ARROWS = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
const beside = (lane, step, sameAgent = false) => {
  const among = sameAgent ? lanes.filter((one) => one.dataset.agent === lane.dataset.agent) : lanes;
  return among[Math.max(0, Math.min(among.indexOf(lane) + step, among.length - 1))];
};
grid.addEventListener("keydown", (event) => {
  const block = event.target.closest("[data-move]");
  const plus = event.target.closest("[data-plus]");
  const arrow = ARROWS[event.key];
  if (block && arrow) {
    event.preventDefault();
    if (!move) begin(block);
    carry(beside(move.lane, arrow[0], "fixed" in block.dataset), move.minute + arrow[1] * (event.shiftKey ? ROW : STEP));
    say(move.lane, move.minute);
  } else if (block && move && event.key === "Enter") {
    event.preventDefault();
    drop();
  } else if (event.key === "Escape" && move) {
    giveUp();
    live.textContent = "";
  } else if (plus && arrow) {
    event.preventDefault();
    point(plus, arrow, event.shiftKey ? ROW : STEP);
  }
});
const point = (plus, [across, down], step) => {
  const lane = beside(plus.closest(".agenda-column").querySelector("[data-lane]"), across);
  const before = new URL(plus.href).searchParams.get("heure");
  const [hours, minutes] = before ? before.split(":").map(Number) : [9, -step * down];
  const minute = within(hours * 60 + minutes + down * step, 30);
  const next = lane.parentNode.querySelector("[data-plus]");
  next.href = address(next.href, { heure: clock(minute) });
  next.focus();
  haunt(lane, minute, 30);
  ghost.scrollIntoView({ block: "nearest", inline: "nearest" });
  say(lane, minute);
};
grid.addEventListener("focusout", (event) => {
  if (event.target.closest("[data-plus]")) ghost.remove();
  else if (move && !hold && !dialog.open && event.target === move.block) setTimeout(() => dialog.open || dragged || giveUp());
});

// The line of the present moment goes on; the appointment that an act came back to takes the focus.
const line = grid.querySelector("[data-now]");
if (line) {
  const [row, since] = [Number(getComputedStyle(line).gridRowStart), Date.now()];
  setInterval(() => (line.style.gridRowStart = row + Math.floor((Date.now() - since) / 60000 / ROW)), 60000);
}
const meant = location.hash.startsWith("#rv-") && document.getElementById(location.hash.slice(1));
if (meant) {
  history.replaceState(null, "", location.pathname + location.search); // what was just done is said on top: stay there
  scrollTo({ top: 0, behavior: "instant" });
  meant.focus({ preventScroll: true });
  const [block, frame] = [meant.getBoundingClientRect(), grid.getBoundingClientRect()];
  grid.scrollBy({ top: block.top - frame.top - frame.height / 2, left: block.right - frame.right, behavior: "instant" });
}
