// Language and colours: chosen in the settings, known before the page is drawn (early.js, and a cookie for the server).

import { language } from "./words.js";

const root = document.documentElement;
const YEAR_S = 31536000;
const DRAFT = "antigone-draft";

const box = () => document.querySelector("#message textarea");

/** Draw the page anew in another language; the conversation, the draft and the place on the page stay. */
function speak(chosen) {
  document.cookie = `antigone-language=${chosen}; path=/; max-age=${YEAR_S}; samesite=lax`;
  sessionStorage.setItem("antigone-said", "looks.language_now");
  sessionStorage.setItem(DRAFT, box().value);
  location.reload();
}

function prepareLanguage() {
  for (const button of document.querySelectorAll("#languages button")) {
    button.setAttribute("aria-pressed", String(button.dataset.language === language));
    button.addEventListener("click", () => button.dataset.language !== language && speak(button.dataset.language));
  }
  const draft = sessionStorage.getItem(DRAFT);
  if (draft === null) return;
  sessionStorage.removeItem(DRAFT);
  box().value = draft;
  box().dispatchEvent(new Event("input", { bubbles: true }));
}

/** The choice, Gradio's own dark variables and the browser's frame follow what early.js painted, in this tab or another. */
function follow() {
  for (const choice of document.querySelectorAll("#theme input")) choice.checked = choice.value === root.dataset.theme;
  document.body.classList.toggle("dark", root.dataset.scheme !== "light");
  const ground = getComputedStyle(root).getPropertyValue("--ground").trim();
  document.querySelector("meta[name=theme-color]")?.setAttribute("content", ground);
}

function prepareTheme() {
  for (const choice of document.querySelectorAll("#theme input")) {
    choice.addEventListener("change", () => {
      localStorage.setItem("antigone-theme", choice.value);
      dispatchEvent(new Event("antigone-theme"));
    });
  }
  new MutationObserver(follow).observe(root, { attributes: true, attributeFilter: ["data-theme", "data-scheme"] });
  follow();
}

/** Whether the page was drawn anew for its language: focus then belongs to the choice of it. */
export const cameForLanguage = () => sessionStorage.getItem("antigone-said") === "looks.language_now";

export const languageChoice = () => document.querySelector(`#languages [data-language=${language}]`);

/** Wire language and colours once the page is drawn. */
export function prepareLooks() {
  prepareLanguage();
  prepareTheme();
}
