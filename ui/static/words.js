// The program's own sentences in the page's language, and the language of everything else that is shown or said.
//
// What is said is a string (the page's language), a part {text, lang}, or a list of both; so an English answer keeps its
// English voice on a Spanish page, in the program's own speech and in a screen reader's.

const ANSWERS = "en"; // what the agent answers in
const root = document.documentElement;
const tags = { en: "en", es: "es", pt: "pt-BR" };

export const language = root.dataset.language in tags ? root.dataset.language : "en";

const sentences = await (await fetch(`/antigone/words/${language}.json`)).json();

/** A sentence of the catalogue (assistant/languages) with its placeholders filled in. */
export function t(key, values = {}) {
  if (!(key in sentences)) console.error(`The catalogue has no ${key}.`);
  return (sentences[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => {
    if (!(name in values)) console.error(`${key} was given no ${name}.`);
    return values[name];
  });
}

/** What the agent says, which is not in the page's language. */
export const fromAgent = (text) => ({ text, lang: ANSWERS });

/** What is said as parts [{text, lang}], neighbours of one language in one part. */
export function parts(said) {
  const joined = [];
  for (const part of [said].flat()) {
    const { text, lang } = typeof part === "string" ? { text: part, lang: language } : part;
    const last = joined.at(-1);
    if (last?.lang === lang) last.text += ` ${text}`;
    else if (text) joined.push({ text, lang });
  }
  return joined;
}

/** Write what is said into an element, each part with its language. */
export function write(element, said) {
  const all = parts(said);
  if (all.length === 1) {
    element.lang = tags[all[0].lang] ?? all[0].lang;
    element.textContent = all[0].text;
    return;
  }
  element.removeAttribute("lang");
  element.replaceChildren(...all.flatMap(({ text, lang }, at) => {
    const span = document.createElement("span");
    span.lang = tags[lang] ?? lang;
    span.textContent = text;
    return at ? [" ", span] : [span];
  }));
}

/** Give every element below `top` that names a sentence its words: data-t its text, data-t-label its name. */
export function translate(top = document) {
  for (const element of top.querySelectorAll("[data-t]")) element.textContent = t(element.dataset.t);
  for (const element of top.querySelectorAll("[data-t-label]")) {
    element.setAttribute("aria-label", t(element.dataset.tLabel));
  }
}
