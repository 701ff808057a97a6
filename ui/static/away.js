// The notice that the program is not running: it says so, and goes on to the page as soon as that answers.

document.querySelector("h1").focus();
setInterval(async () => {
  const reply = await fetch("/antigone/icons/antigone.svg", { cache: "no-store" }).catch(() => null);
  if (reply?.ok) location.replace("/");
}, 2000);
