// Runs once for the insights. It says when the part is first seen, passes on what is pressed, and moves the focus to the
// heading of a new screen. What the screens say is made on the server.
const part = element.closest("#insights") ?? element;
const zone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;
const language = () => {
  const around = part.parentElement?.closest("[lang]")?.lang || navigator.language;
  return around.toLowerCase().startsWith("zh") ? "zh" : "en";
};
let moved = false;
let asked = null;
const go = (data) => {
  const shown = element.querySelector(".ins");
  if (shown?.ariaBusy === "true" && !("waiting" in shown.dataset)) return;
  if (shown) shown.ariaBusy = "true";
  moved = data.act !== "open";
  trigger("select", data);
};
const open = () => {
  asked = language();
  go({ act: "open", language: asked, zone: zone() });
};

// A tab that nobody opened costs nothing.
const seen = new IntersectionObserver((all) => {
  if (!all.some((one) => one.isIntersecting)) return;
  seen.disconnect();
  open();
});
seen.observe(element);
// The language of the page was changed: say it again.
new MutationObserver(() => {
  if (asked !== null && asked !== language()) open();
}).observe(document.documentElement, { subtree: true, attributeFilter: ["lang"] });

new MutationObserver(() => {
  if (!moved || element.querySelector('.ins[aria-busy="true"]')) return;
  moved = false;
  const heading = element.querySelector("[data-focus]");
  heading?.focus({ preventScroll: true });
  if (heading && heading.getBoundingClientRect().top < 0) heading.scrollIntoView({ block: "start" });
}).observe(element, { childList: true, subtree: true });

element.addEventListener("click", (event) => {
  const pressed = event.target.closest("[data-go]");
  if (!pressed || !element.contains(pressed)) return;
  const { go: act, ...rest } = pressed.dataset;
  if (act === "again") open();
  else go({ act, ...rest });
});
element.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-period]")) return;
  event.preventDefault();
  const dates = new FormData(event.target);
  go({ act: "between", first: dates.get("first"), last: dates.get("last") });
});
