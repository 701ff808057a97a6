// What Gradio draws of the settings without a name, or with one in English only, gets its name from its label.

import { t } from "./words.js";

const labelOf = (block) => block.querySelector("[data-testid=block-info]")?.textContent.trim() ?? "";

/** Name the groups of choices and both parts of each slider. */
export function nameChoices() {
  for (const group of document.querySelectorAll("#settings-view fieldset:not([aria-label])")) {
    if (labelOf(group)) group.setAttribute("aria-label", labelOf(group));
  }
  for (const slider of document.querySelectorAll("#settings-view input[type=range]")) {
    const block = slider.closest(".block");
    slider.setAttribute("aria-label", labelOf(block));
    block.querySelector("input[type=number]").setAttribute("aria-label", t("settings.as_number", { label: labelOf(block) }));
  }
}
