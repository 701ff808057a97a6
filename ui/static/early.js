// Before anything is drawn: the language that Gradio shall speak, and the colours that were chosen.
(() => {
  const root = document.documentElement;
  // Gradio takes the browser's language; the page's own may be another one, chosen in the settings
  for (const [name, value] of [["language", root.lang], ["languages", [root.lang]]]) {
    Object.defineProperty(navigator, name, { configurable: true, get: () => value });
  }
  const dark = matchMedia("(prefers-color-scheme: dark)");

  function paint() {
    let theme = null;
    try {
      theme = localStorage.getItem("antigone-theme");
    } catch {
      // a browser that keeps nothing shows the system's colours
    }
    root.dataset.theme = ["light", "dark", "contrast"].includes(theme) ? theme : "system";
    root.dataset.scheme = root.dataset.theme !== "system" ? root.dataset.theme : dark.matches ? "dark" : "light";
  }

  paint();
  dark.addEventListener("change", paint);
  addEventListener("storage", paint); // chosen in another tab
  addEventListener("antigone-theme", paint); // chosen in this one
})();
