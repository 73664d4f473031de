// Which row is selected, what is searched for, and the arrows past other rows. All that is
// known is on the page already: the script marks it, hides it and brings it into view.
"use strict";

const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const sideBySide = matchMedia("(min-width: 72rem)");
const cards = new Map(all(".facts").map((card) => [card.dataset.of, card]));
let selected = null;

// Selecting: a row is its id, and the page's address ends with it.

const idOf = (link) => link.hash.slice(1); // ids have no character that an address would escape
const picks = Map.groupBy(all("a.pick:not(.from)"), idOf);
const linksTo = (id) => picks.get(id) ?? [];

// Steps from row to row are one entry in the history, so that going back leaves them all.
function go(id, from, stepping = false) {
  const address = location.href.split("#")[0] + (id ? `#${id}` : "");
  const keep = id === selected || (stepping && selected !== null);
  history[keep ? "replaceState" : "pushState"](null, "", address);
  show(id, from);
}

function show(id, from = null, block = "nearest") {
  selected = cards.has(id) ? id : null;
  for (const link of all("[aria-current]")) link.removeAttribute("aria-current");
  for (const [of, card] of cards) card.hidden = of !== selected;
  for (const aside of all(".inspector")) {
    aside.hidden = !all(".facts", aside).some((card) => !card.hidden);
    aside.scrollTop = 0;
  }
  markArrows();
  const links = selected ? linksTo(selected) : [];
  for (const link of links) {
    link.setAttribute("aria-current", "true");
    bringIntoView(link, from, block);
  }
}

// The box scrolls in its pane, the row on the page, but never what was clicked off the screen.
function bringIntoView(link, from, block) {
  const pane = link.closest(".pane");
  if (pane) return scrollInside(pane, link.parentElement);
  const inspector = link.closest(".network").querySelector(".inspector");
  const tools = link.closest(".network").querySelector(".tools");
  const root = document.documentElement.style;
  root.scrollPaddingBottom = `${inspector.offsetHeight + 16}px`;
  root.scrollPaddingTop = `${sideBySide.matches ? tools.offsetHeight + 16 : 16}px`;
  if (sideBySide.matches || !from?.closest(".pane")) {
    link.closest("tr, li").scrollIntoView({ block, inline: "nearest" });
  }
}

function scrollInside(pane, card) {
  const [outer, inner] = [pane.getBoundingClientRect(), card.getBoundingClientRect()];
  const room = 24;
  if (inner.top < outer.top + room) pane.scrollTop += inner.top - outer.top - room;
  else if (inner.bottom > outer.bottom - room) {
    pane.scrollTop += Math.min(inner.bottom - outer.bottom + room, inner.top - outer.top - room);
  }
}

document.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  if (event.target.closest(".close")) return close();
  const link = event.target.closest("a") ?? event.target.closest("tr[id]")?.querySelector("a.pick");
  if (!link?.matches(".pick") || !getSelection().isCollapsed) return;
  event.preventDefault();
  go(idOf(link), link);
});

function close() {
  const box = selected && linksTo(selected)[0];
  go(null);
  box?.focus({ preventScroll: true });
}

const fromAddress = () => location.hash.slice(1);
addEventListener("popstate", () => {
  const id = fromAddress();
  if (!id || cards.has(id)) show(id || null);
});

// Keys: / to search, Escape to clear or to close, arrows between boxes.

const isWriting = (element) => element.matches("input[type=search], textarea, select");

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "/" && !isWriting(event.target)) {
    event.preventDefault();
    const networks = all(".network");
    const seen = networks.find((each) => each.getBoundingClientRect().bottom > innerHeight / 3);
    (seen ?? networks[0]).querySelector("input[type=search]").focus();
  } else if (event.key === "Escape" && !isWriting(event.target) && selected) {
    close();
  } else if (event.target.matches("a.box")) {
    moveFrom(event.target, event);
  }
});

function moveFrom(box, event) {
  const boxes = all("a.box", box.closest(".column"));
  const place = boxes.indexOf(box);
  const next = {
    ArrowDown: boxes[place + 1], ArrowUp: boxes[place - 1], Home: boxes[0], End: boxes.at(-1),
  }[event.key];
  const inside = box.parentElement.querySelector("details");
  if (inside && event.key === "ArrowRight") inside.open = true;
  else if (inside && event.key === "ArrowLeft") inside.open = false;
  else if (next) {
    next.focus({ preventScroll: true });
    scrollInside(next.closest(".pane"), next.parentElement);
    if (selected) go(idOf(next), next, true);
  } else return;
  event.preventDefault();
}

// Searching: rows without all the words are dimmed; Enter goes from match to match.

function searchIn(network) {
  const field = network.querySelector("input[type=search]");
  const told = network.querySelector(".found");
  const rows = all(".facts", network);
  let matches = [];

  function look() {
    const words = field.value.toLowerCase().replaceAll("×", "x").split(/\s+/).filter(Boolean);
    matches = words.length
      ? rows.filter((row) => words.every((word) => row.dataset.words.includes(word)))
      : [];
    const kept = new Set(matches);
    for (const row of rows) {
      const dim = words.length > 0 && !kept.has(row);
      for (const link of linksTo(row.dataset.of)) {
        link.closest("tr, li:not(.step), .card").classList.toggle("dim", dim);
      }
    }
    told.textContent = words.length ? `${matches.length} of ${rows.length} match` : "";
  }

  function step(by) {
    const at = matches.findIndex((row) => row.dataset.of === selected);
    const next = at < 0 && by < 0 ? matches.length - 1 : (at + by + matches.length) % matches.length;
    go(matches[next].dataset.of, field, true);
    told.textContent = `${next + 1} of ${matches.length}`;
  }

  field.addEventListener("input", look);
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && matches.length) step(event.shiftKey ? -1 : 1);
    if (event.key !== "Escape") return;
    field.value = "";
    look();
    field.blur();
  });
  look();
}

// Arrows past other rows, each in the lane that it was given.

const svg = (name, attributes) => {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
};

function drawArrows(column) {
  const reads = all(".from[data-lane]", column);
  if (!reads.length) return;
  const origin = column.getBoundingClientRect();
  const place = (element) => {
    const { left, top, bottom } = element.getBoundingClientRect();
    return { left: left - origin.left, top: top - origin.top, bottom: bottom - origin.top };
  };
  const arrows = svg("svg", { class: "arrows", "aria-hidden": "true" });
  for (const read of reads) {
    const box = read.closest(".step").querySelector("a.box");
    const nth = all(".from", read.parentElement).indexOf(read);
    const maker = document.getElementById(read.dataset.from);
    const [from, to] = [place(maker), place(box)];
    const lane = (Number(read.dataset.lane) + 0.5) * 12.8;
    const [start, end] = [from.bottom - 7, to.top + 9 + Math.min(nth, 3) * 6];
    const ends = `${maker.id} ${box.id}`;
    const line = `M${from.left} ${start}H${lane + 6}q-6 0 -6 6V${end - 6}q0 6 6 6H${to.left - 6}`;
    arrows.append(svg("path", { d: line, "data-ends": ends }));
    const tip = `M${to.left} ${end}l-7 -4v8z`;
    arrows.append(svg("path", { d: tip, class: "tip", "data-ends": ends }));
  }
  column.querySelector(":scope > .arrows")?.remove();
  column.append(arrows);
  markArrows();
}

function markArrows() {
  for (const arrow of all(".arrows path")) {
    const ends = arrow.dataset.ends.split(" ").map((id) => document.getElementById(id));
    arrow.classList.toggle("marked", ends.some((box) => box.hash === `#${selected}`));
  }
}

// What somebody unfolds comes into view; what all are unfolded with stays where it is.
function reveal(event) {
  const card = event.target.parentElement;
  if (event.target.open && card.contains(document.activeElement)) {
    scrollInside(card.closest(".pane"), card);
  }
}

document.documentElement.classList.add("live");
for (const network of all(".network")) {
  searchIn(network);
  const insides = all("details.inside", network);
  for (const inside of insides) inside.addEventListener("toggle", reveal);
  const fold = (open) => () => insides.forEach((each) => { each.open = open; });
  network.querySelector(".unfold").addEventListener("click", fold(true));
  network.querySelector(".fold").addEventListener("click", fold(false));
}
for (const column of all(".column")) new ResizeObserver(() => drawArrows(column)).observe(column);
show(fromAddress(), null, "center");
