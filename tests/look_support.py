"""Measures of a rendered page: contrast of what is read and of what is used, sizes, what is cut off (WCAG 2.2).

Colours are taken from the page as the browser computed it, alpha blended down to an opaque ground; nothing here knows
the style sheets.
"""

COLOURS = """
const parse = (text) => {
  const [r, g, b, a = 1] = text.match(/[\\d.]+/g).map(Number);
  const scale = text.startsWith("color(srgb") ? 255 : 1;
  return [r * scale, g * scale, b * scale, a];
};
const over = ([r, g, b, a], [R, G, B]) => [r * a + R * (1 - a), g * a + G * (1 - a), b * a + B * (1 - a), 1];
const ground = (element) => {
  const layers = [];
  for (let each = element; each; each = each.parentElement) {
    const colour = parse(getComputedStyle(each).backgroundColor);
    layers.push(colour);
    if (colour[3] === 1) break;
  }
  return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255, 1]);
};
const light = (colour) => {
  const [r, g, b] = colour.slice(0, 3).map((part) => part / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const ratio = (one, other) => {
  const [high, low] = [light(one), light(other)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
};
const seen = (element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true })
  && !element.closest(".only-heard, .skip-link:not(:focus), [aria-hidden=true]");
const named = (element) => `${element.tagName.toLowerCase()}#${element.id} ${element.textContent.trim().slice(0, 40)}`;
const USED = "button, a[href], input:not([type=range]):not(.only-heard), textarea, summary, [role=option], audio";
"""

TEXT = (
    "() => {"
    + COLOURS
    + """
  const poor = [];
  let count = 0;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || !seen(element) || ["SCRIPT", "STYLE", "NOSCRIPT"].includes(element.tagName)) continue;
    const style = getComputedStyle(element);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const below = ground(element);
    const found = ratio(over(parse(style.color), below), below);
    count += 1;
    if (found < (large ? 3 : 4.5)) poor.push(`${named(element)}: ${found.toFixed(2)}`);
  }
  return [count, poor];
}"""
)

CONTROLS = (
    "() => {"
    + COLOURS
    + """
  const poor = [];
  const bordered = "button, input:not([type=range]):not(.only-heard), textarea, a.button";
  for (const element of [...document.querySelectorAll(bordered)].filter(seen)) {
    const style = getComputedStyle(element);
    const around = ground(element.parentElement);
    const line = parseFloat(style.borderTopWidth) ? ratio(over(parse(style.borderTopColor), around), around) : 1;
    const face = ratio(ground(element), around);
    if (Math.max(line, face) < 3) poor.push(`${named(element)}: ${Math.max(line, face).toFixed(2)}`);
  }
  return poor;
}"""
)

FOCUS = (
    "() => {"
    + COLOURS
    + """
  const poor = [];
  const before = document.activeElement;
  for (const element of [...document.querySelectorAll(USED + ", [tabindex='0']")].filter(seen)) {
    if (element.disabled) continue;
    element.focus();
    if (document.activeElement !== element) continue;
    const style = getComputedStyle(element);
    const around = ground(element.parentElement);
    const found = ratio(over(parse(style.outlineColor), around), around);
    if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2 || found < 3)
      poor.push(`${named(element)}: ${style.outlineStyle} ${style.outlineWidth} ${found.toFixed(2)}`);
  }
  before?.focus();
  return poor;
}"""
)

SMALL = (
    "() => {"
    + COLOURS
    + """
  return [...document.querySelectorAll(USED + ", input[type=range]")].filter(seen)
    .map((element) => [element, (element.matches("[type=checkbox], [type=radio]")
      ? element.closest("label") : element).getBoundingClientRect()])
    .filter(([element, box]) => element.tagName !== "AUDIO" && (box.height < 43.9 || box.width < 24))
    .map(([element, box]) => `${named(element)}: ${Math.round(box.width)} x ${Math.round(box.height)}`);
}"""
)

# What is wider than the window, and what is cut off inside its own box.
CUT = (
    "() => {"
    + COLOURS
    + """
  const room = document.documentElement.clientWidth;
  const scrolls = (element) => element.closest(".wide, [role=listbox], textarea");
  const wide = [...document.querySelectorAll("body *")].filter((each) => seen(each) && !scrolls(each))
    .filter((each) => each.getBoundingClientRect().right > room + 1).map((each) => `wide ${named(each)}`);
  const texts = "p, h1, h2, h3, h4, li, button, label, a, summary, td, th, dt, dd, legend, input";
  const cut = [...document.querySelectorAll(texts)]
    .filter((each) => seen(each) && each.clientWidth && !scrolls(each))
    .filter((each) => each.scrollWidth > each.clientWidth + 2 || each.scrollHeight > each.clientHeight + 2)
    .filter((each) => getComputedStyle(each).overflow !== "visible").map((each) => `cut ${named(each)}`);
  return [...new Set([...wide, ...cut])];
}"""
)

SPACED = "* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important; } \
p { margin-bottom: 2em !important; }"  # WCAG 1.4.12
