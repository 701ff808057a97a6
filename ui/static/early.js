// Before anything is drawn: the language that Gradio shall speak and the colours that were chosen.
(() => {
  const root = document.documentElement;
  const tag = root.lang;
  // Gradio takes the browser's language; the page's own may be another one, chosen in the settings
  for (const [name, value] of [["language", tag], ["languages", [tag]]]) {
    Object.defineProperty(navigator, name, { configurable: true, get: () => value });
  }
  let theme = null;
  try {
    theme = localStorage.getItem("antigone-theme");
  } catch {
    // a browser that keeps nothing shows the system's colours
  }
  root.dataset.theme = ["light", "dark", "contrast"].includes(theme) ? theme : "system";
})();
