// Runs once for each HTML part of the page. The page's state lives on the server; this only passes clicks on, keeps
// finished turns where they are, and tells screen readers what is new.
const page = (window.lantern ??= { busy: false, waiting: null, dropped: false, last: null, at: 0 });
const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
const input = () => document.querySelector("#message textarea");

if (!page.go) {
  // One turn at a time. What is sent while one is under way waits for its end; only the last of several does.
  page.go = (act, ready = () => true) => {
    if (page.busy) {
      page.waiting = [act, ready];
    } else if (ready()) {
      page.busy = true;
      // The finished turn moves up: moved, not copied, so that open details and scroll positions stay.
      for (const turn of document.querySelectorAll("#live .turn")) document.querySelector("#log .past").append(turn);
      page.shelve();
      act();
    }
  };
  page.idle = () => {
    const next = page.waiting;
    page.busy = false;
    page.waiting = null;
    if (next) setTimeout(() => page.go(...next));
  };
  const typed = () => input().value.trim() !== "";
  const send = () => {
    page.passing = true;
    document.querySelector("#send").click();
    page.passing = false;
  };
  // Parts of the page arrive one by one; whoever is quicker than the send button waits for it.
  const sendSoon = () => (document.querySelector("#send") ? page.go(send, typed) : setTimeout(sendSoon, 50));
  // The conversation of this browser tab, for a reload; another tab has its own, and none outlives its tab.
  const kept = "lantern.conversation";
  page.keep = (id) => (id ? sessionStorage.setItem(kept, id) : sessionStorage.removeItem(kept));
  page.kept = () => sessionStorage.getItem(kept);
  // Whether what the shopper does may be used; before the first message nobody but this tab knows it was turned off.
  const mine = "lantern.personal";
  page.mine = (value) => (value === "off" ? sessionStorage.setItem(mine, value) : sessionStorage.removeItem(mine));
  page.off = () => sessionStorage.getItem(mine) === "off";
  // Cards chosen for a comparison, in the order they were chosen.
  page.chosen = [];
  page.choose = () => {
    for (const box of document.querySelectorAll("[data-compare]")) {
      box.checked = page.chosen.includes(box.dataset.compare);
      box.disabled = !box.checked && page.chosen.length >= 4;
    }
    const strip = document.querySelector("#bar .comparing");
    if (!strip) return;
    strip.hidden = page.chosen.length < 2;
    strip.querySelector(".count").textContent = strip.dataset.words.replace("{}", page.chosen.length);
  };
  document.addEventListener("change", (event) => {
    const sku = event.target.dataset?.compare;
    if (sku === undefined) return;
    page.chosen = page.chosen.filter((other) => other !== sku);
    if (event.target.checked) page.chosen.push(sku);
    page.choose();
  });
  // What people write stands below the turn it answers, and moves up with it.
  page.placed = new Set();
  page.shelve = () => {
    for (const message of document.querySelectorAll("#people .theirs:not([hidden])")) {
      document.querySelector("#log .past").append(message.cloneNode(true));
      page.placed.add(message.dataset.id);
    }
    page.people();
  };
  page.people = () => {
    const part = document.querySelector("#people .people");
    if (!part) return;
    const ours = part.dataset.conversation === page.kept();
    for (const message of part.children) message.hidden = !ours || page.placed.has(message.dataset.id);
    document.body.toggleAttribute("data-answered", !!part.querySelector(".theirs:not([hidden])"));
  };
  // Waits for what a person writes, one request at a time: none while nobody looks at the page, slower where it fails.
  page.listen = () => {
    page.awaited = page.kept();
    if (!page.listening) page.hear();
  };
  page.hear = async () => {
    page.listening = true;
    let failed = 0;
    for (let id; (id = page.awaited) && id === page.kept() && !document.hidden && page.told; ) {
      page.hearing = new AbortController();
      const part = document.querySelector("#people .people");
      const after = part?.dataset.conversation === id ? part.dataset.after : 0;
      const asked = { conversation: id, after, mark: page.mark ?? "", lang: document.documentElement.lang || "en" };
      let seconds = 0;
      try {
        const answer = await fetch(`shop/words?${new URLSearchParams(asked)}`, { signal: page.hearing.signal });
        const { html, mark, silent, elsewhere } = answer.status === 200 ? await answer.json() : {};
        failed = answer.ok ? 0 : failed + 1;
        if (!answer.ok) seconds = Number(answer.headers.get("retry-after")) || 2 ** failed;
        if (page.awaited !== id || page.kept() !== id) continue;
        // The same conversation in another window has it now; this one takes it up again when it is looked at.
        if (elsewhere) break;
        if (html !== undefined) {
          page.mark = mark;
          page.told(html);
        }
        if (answer.status === 404 || answer.status === 422 || silent === false) page.awaited = null;
      } catch {
        if (page.hearing.signal.aborted) continue;
        seconds = 2 ** ++failed;
      }
      if (seconds) await new Promise((go) => setTimeout(go, Math.min(seconds, 60) * (800 + 400 * Math.random())));
    }
    page.listening = false;
  };
  const look = () => {
    if (document.hidden) page.hearing?.abort();
    else if (page.awaited && page.awaited === page.kept()) page.listen();
  };
  document.addEventListener("visibilitychange", look);
  addEventListener("focus", look);
  const connection = () => document.body.toggleAttribute("data-offline", !navigator.onLine);
  addEventListener("online", connection);
  addEventListener("offline", connection);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.target !== input()) return;
    event.stopImmediatePropagation();
    // An input method's Enter picks a word and Shift+Enter breaks the line; neither sends the message.
    if (event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    sendSoon();
  }, true);
  document.addEventListener("click", (event) => {
    if (page.passing || !event.target.closest?.("#send")) return;
    event.stopImmediatePropagation();
    if (typed()) page.go(send, typed);
    else input().focus();
  }, true);
}

element.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button || !element.contains(button)) return;
  // A double click is one wish.
  const again = button === page.last && event.timeStamp - page.at < 600;
  page.last = button;
  page.at = event.timeStamp;
  if (again) return;
  const { say, dropField, dropValue, fresh, act, close, forget, turnChip, skus, unchoose } = button.dataset;
  const chip = button.closest("[data-chip-field]");
  if (close !== undefined) button.closest("dialog").close();
  else if (skus !== undefined) trigger("select", { act: "compare", skus: page.chosen });
  else if (unchoose !== undefined) {
    page.chosen = [];
    page.choose();
  } else if (forget !== undefined) page.go(() => trigger("clear", { forget: true }));
  else if (act === "stop") {
    // Beside the queue, so that nothing it waits for holds it up.
    fetch(`shop/stop/${encodeURIComponent(page.kept())}`, { method: "POST" }).catch(() => {});
  } else if (act !== undefined) {
    if (act === "rate") {
      for (const other of button.closest(".tools").querySelectorAll("[aria-pressed]"))
        other.ariaPressed = String(other.dataset.value === button.dataset.value);
      button.closest("[popover]")?.hidePopover();
    }
    page.pressed = { act, sku: button.dataset.sku, name: button.ariaLabel };
    trigger("select", { ...button.dataset });
  } else if (turnChip !== undefined) {
    chip.hidePopover();
    page.go(() => trigger("delete", { field: chip.dataset.chipField, value: chip.dataset.chipValue, turn: true }));
  } else if (say !== undefined) page.go(() => trigger("submit", { text: say }));
  else if (dropField !== undefined) {
    page.dropped = true;
    chip?.hidePopover();
    page.go(() => trigger("delete", { field: dropField, value: dropValue }));
  } else if (fresh !== undefined) page.go(() => trigger("clear", {}));
});

element.addEventListener("submit", (event) => {
  const chip = event.target.closest("[data-chip-field]");
  if (!chip) return;
  event.preventDefault();
  const to = new FormData(event.target).get("to");
  chip.hidePopover();
  page.go(() => trigger("delete", { field: chip.dataset.chipField, value: chip.dataset.chipValue, to }));
});

// A remote picture that cannot be had leaves the drawing behind it.
element.addEventListener("error", (event) => {
  if (event.target.tagName === "IMG") event.target.remove();
}, true);

const announce = (text) => {
  const line = document.createElement("p");
  line.textContent = text;
  const region = document.querySelector("#log .announcer");
  region.append(line);
  while (region.childElementCount > 6) region.firstElementChild.remove();
};

// The button that was pressed is gone or has moved; the keyboard goes on at the next sensible place.
const settle = () => {
  if (document.activeElement !== document.body) return;
  const chip = page.dropped && document.querySelector("#bar .chip");
  page.dropped = false;
  if (chip) chip.focus({ preventScroll: true });
  else if (matchMedia("(pointer: fine)").matches) input()?.focus({ preventScroll: true });
};

if (element.querySelector(".bar")) watch("value", () => {
  settle();
  page.choose();
  page.reveal?.();
});

if (element.querySelector("[data-status]")) {
  let number = null, cards = 0, spoken = 0, touched = false;
  for (const kind of ["wheel", "touchmove", "pointerdown"]) addEventListener(kind, () => (touched = true), { passive: true });

  // New text under tall cards would begin behind the message box. The shopper's words may go to make room, the cards
  // may not; and whoever scrolls or touches the page is left alone.
  const reveal = (turn) => {
    const part = [...turn.querySelectorAll(".reply, .asks, .next")].filter((e) => !e.hidden).at(-1);
    if (touched || !part) return;
    const hiddenBelow = part.getBoundingClientRect().bottom + 10 - document.querySelector("#composer").getBoundingClientRect().top;
    const first = turn.querySelector(cards ? ".shelf" : ".mine").getBoundingClientRect().top;
    const room = first - 8 - document.querySelector("#header").getBoundingClientRect().bottom;
    if (hiddenBelow > 4 && room > 4) scrollBy({ top: Math.min(hiddenBelow, room), behavior: calm() ? "auto" : "smooth" });
  };

  watch("value", () => {
    const turn = element.querySelector("[data-status]");
    if (!turn) return;
    const status = turn.dataset.status;
    if (status === "welcome") {
      document.querySelector("#log .past").replaceChildren();
      page.keep("");
      page.chosen = [];
      page.awaited = null;
      page.hearing?.abort();
      page.placed.clear();
      page.people();
      number = null;
      scrollTo({ top: 0 });
      input()?.focus({ preventScroll: true });
      return;
    }
    document.documentElement.lang = turn.lang;
    page.keep(turn.dataset.conversation);
    page.choose();
    if (turn.dataset.turn !== number) {
      number = turn.dataset.turn;
      cards = spoken = 0;
      touched = false;
      turn.scrollIntoView({ block: "start", behavior: calm() ? "auto" : "smooth" });
    }
    const titles = [...turn.querySelectorAll(".card .title")].map((t) => t.textContent);
    if (titles.length && !cards) announce((turn.querySelector(".cards").ariaLabel ?? "") + ": " + titles.join("; "));
    cards = titles.length;
    const prose = turn.querySelector(".reply").innerText;
    if (prose.length > spoken) announce(prose.slice(spoken));
    spoken = prose.length;
    page.reveal = () => turn.isConnected && turn.closest("#live") && reveal(turn);
    if (spoken) page.reveal();
    page.people();
    if (status === "done") settle();
    if (status === "done" && turn.dataset.person) page.listen();
  });
}

if (element.querySelector("[data-people]")) {
  let told = 0;
  const shown = () => {
    page.people();
    for (const message of element.querySelectorAll(".theirs:not([hidden])")) {
      if (Number(message.dataset.id) <= told) continue;
      told = Number(message.dataset.id);
      announce(message.innerText);
      message.scrollIntoView({ block: "end", behavior: calm() ? "auto" : "smooth" });
    }
    const part = element.querySelector("[data-silent='1']");
    if (part && part.dataset.conversation === page.kept()) page.listen();
  };
  watch("value", shown);
  // Given to Gradio's part as its value, so that what the server sends later is held against what is there.
  page.told = (html) => {
    props.value = html;
    queueMicrotask(shown);
  };
  if (element.querySelector("[data-silent='1']")) shown();
}

// A sheet opens as a dialog, so that the keyboard stays in it and Escape closes it; the same sheet again is kept open.
if (element.querySelector(".panel")) watch("value", () => {
  const sheet = element.querySelector("dialog[data-open]");
  if (!sheet || sheet.open) return;
  sheet.addEventListener("click", (event) => event.target === sheet && sheet.close());
  sheet.showModal();
  // A sheet that came again, as the cart after a change, keeps the keyboard where it was.
  const { act, sku, name } = page.pressed ?? {};
  const same = [...sheet.querySelectorAll("button[data-act]")].find(
    (b) => b.dataset.act === act && b.dataset.sku === sku && b.ariaLabel === name && !b.disabled);
  same?.focus();
});

// The switch is drawn anew when it is pressed; the keyboard stays on it.
if (element.querySelector(".for-you")) watch("value", () => {
  const part = element.querySelector(".for-you");
  if (part?.dataset.personal) page.mine(part.dataset.personal);
  document.body.toggleAttribute("data-for-you", !!element.querySelector(".tile"));
  if (document.activeElement !== document.body) return;
  const { act } = page.pressed ?? {};
  if (act === "personal") element.querySelector(".switch")?.focus({ preventScroll: true });
  else if (act === "pass") element.querySelector(".pass, .switch")?.focus({ preventScroll: true });
});

if (element.querySelector(".sign") && (page.kept() || page.off()) && !page.asked) {
  page.asked = true;
  trigger("apply", { conversation: page.kept() ?? "", personal: page.off() ? "off" : "on" });
}
