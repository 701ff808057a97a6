// Where the print stands: the lines that were read, drawn over the picture for those who see, and in a table with how
// sure each is for everybody.

import { make } from "./dom.js";
import { linesTable } from "./tables.js";
import { t } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";

function drawing(lines, width, height) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("aria-hidden", "true"); // the table says the same
  for (const { box, uncertain } of lines) {
    const shape = document.createElementNS(SVG, "polygon");
    shape.setAttribute("points", box.map(([x, y]) => `${x},${y}`).join(" "));
    if (uncertain) shape.setAttribute("class", "unsure");
    svg.append(shape);
  }
  return svg;
}

/** Lay the lines over the picture that was read, with a button that shows and hides them. */
export function drawBoxes(question, lines) {
  const image = [...(question?.querySelectorAll("img") ?? [])].at(-1); // the agent reads the picture added last
  if (!image || image.closest("figure") || lines.some(({ page }) => page > 1)) return;
  const frame = make("div", { className: "boxed" });
  const toggle = make("button", { type: "button", className: "quiet", textContent: t("boxes.show") });
  toggle.setAttribute("aria-pressed", "false");
  image.replaceWith(make("figure", {}, frame, toggle));
  frame.append(image);
  const pressed = () => toggle.getAttribute("aria-pressed") === "true";
  toggle.addEventListener("click", async () => {
    toggle.setAttribute("aria-pressed", String(!pressed()));
    await image.decode().catch(() => null); // its size is known once it is loaded
    frame.querySelector("svg")?.remove();
    if (pressed()) frame.append(drawing(lines, image.naturalWidth, image.naturalHeight));
  });
}

/** The table of lines under an answer, closed at first. */
export function linesUnder(answer, lines) {
  const sure = lines.filter(({ uncertain }) => !uncertain).length;
  answer.append(make("details", {},
    make("summary", { textContent: t("boxes.lines", { count: lines.length, sure }) }), linesTable(lines)));
}
