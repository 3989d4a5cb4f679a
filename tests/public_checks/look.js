// What a page must hold that axe does not ask. Each function returns its faults, a short line each; none is good.
window.look = (() => {
  const TARGET = 44; // px, for a finger
  const INLINE = 24; // px, for a link inside a sentence (WCAG 2.5.8)
  const FOCUSABLE = "a[href], button, summary, select, textarea, input:not([type=hidden])";
  const SLIDES = ".languages"; // the one thing that slides sideways, by itself and within its own line
  const SPACED = `* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }
    p { margin-block-end: 2em !important }`; // WCAG 1.4.12

  const all = (selector) => [...document.querySelectorAll(selector)];
  const told = (one) => `${one.outerHTML.slice(0, 90)}…`;
  const isShown = (one) => one.checkVisibility({ visibilityProperty: true }) && !one.closest(".unseen, .skip");
  const controls = () => all(FOCUSABLE).filter(isShown);
  const hit = (one) => (one.matches("[type=radio], [type=checkbox]") && one.closest("label")) || one;

  const isRtl = () => document.documentElement.matches(":dir(rtl)");
  const spoken = () => `${document.documentElement.lang} ${isRtl() ? "rtl" : "ltr"}`;

  function stands() {
    const headings = all("h1").filter(isShown).map((one) => one.innerText.trim());
    const first = document.querySelector("[autofocus]");
    return [
      document.title.trim() && !document.title.startsWith("·") ? "" : "no title",
      headings.length === 1 && headings[0] ? "" : `${headings.length} headings of level 1`,
      first && document.activeElement !== first ? `should have the focus: ${told(first)}` : "",
      document.cookie ? "a cookie" : "",
      ...all("[tabindex]").filter((one) => one.tabIndex > 0).map((one) => `before its turn: ${told(one)}`),
      ...all("[type=radio]").filter((one) => !one.closest("fieldset, [role=radiogroup], tr:has(> th[scope=row])")).map((one) => `in no group: ${told(one)}`),
      ...all("p, li, dt, dd").filter((one) => !one.textContent.trim() && !one.matches("[aria-hidden], [aria-live]")).map((one) => `empty: ${told(one)}`),
    ].filter(Boolean);
  }

  function fits() {
    const room = document.documentElement.clientWidth;
    const faults = document.documentElement.scrollWidth > room ? [`scrolls: ${document.documentElement.scrollWidth} px`] : [];
    for (const one of all("body *").filter((one) => isShown(one) && !one.closest(`${SLIDES} *`))) {
      const { left, right } = one.getBoundingClientRect();
      const { overflowX, overflowY } = getComputedStyle(one);
      const isCut = overflowX === "hidden" && one.scrollWidth > one.clientWidth + 1;
      const isLow = overflowY === "hidden" && one.scrollHeight > one.clientHeight + 1;
      if (right > room + 1 || left < -1 || isCut || isLow) faults.push(`out of sight: ${told(one)}`);
    }
    return faults;
  }

  function zoom(percent) {
    document.documentElement.style.fontSize = percent;
    const faults = fits();
    document.documentElement.style.fontSize = "";
    return faults;
  }

  function space() {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(SPACED);
    document.adoptedStyleSheets = [sheet];
    const faults = fits();
    document.adoptedStyleSheets = [];
    return faults;
  }

  function isInline(one) {
    const around = [...one.parentElement.childNodes].filter((near) => near.nodeType === Node.TEXT_NODE);
    return one.matches("a") && around.some((near) => near.data.trim());
  }

  function targets() {
    return controls().flatMap((one) => {
      const { width, height } = hit(one).getBoundingClientRect();
      const least = isInline(one) ? INLINE : TARGET;
      return Math.min(width, height) + 0.5 < least ? [`${Math.round(width)} × ${Math.round(height)}: ${told(one)}`] : [];
    });
  }

  const ring = (one) => {
    const drawn = getComputedStyle(getComputedStyle(one).opacity === "0" ? one.nextElementSibling : one);
    const outline = drawn.outlineStyle === "none" || drawn.outlineWidth === "0px" ? "" : drawn.outline;
    return `${outline} ${drawn.boxShadow}`;
  };

  // Asked after a key was pressed: only then is a focus shown that a script gives.
  function focus() {
    document.activeElement.blur();
    return controls().flatMap((one) => {
      const before = ring(one);
      one.focus();
      const isSeen = document.activeElement === one && ring(one) !== before;
      one.blur();
      return isSeen ? [] : [`focus not seen: ${told(one)}`];
    });
  }

  // In one column the order of the keys is the order of reading: down, and along the line.
  function order() {
    const boxes = controls().map((one) => [one, hit(one).getBoundingClientRect()]);
    return boxes.flatMap(([one, box], at) => {
      const before = at && boxes[at - 1][1];
      if (!before || box.top >= before.bottom - 1) return [];
      const isAfter = isRtl() ? box.right <= before.left + 1 : box.left >= before.right - 1;
      return isAfter && box.bottom > before.top ? [] : [`out of order: ${told(one)}`];
    });
  }

  function unfold() {
    all("details").forEach((one) => (one.open = true));
  }

  return { spoken, stands, fits, zoom, space, targets, focus, order, unfold };
})();
