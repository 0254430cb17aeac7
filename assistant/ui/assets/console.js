// Runs once for each part of the console. The server keeps nothing of this tab: each act says where the page is and which
// parts it shows, and what differs comes back. Acts go one after the other; drafts are written beside them.
const desk = (window.lanternDesk ??= { acts: [], sends: {}, patience: 600000, busy: false, typed: {}, language: "en", view: "waiting", conversation: "" });
const find = (selector) => document.querySelector(selector);
const every = (selector) => [...document.querySelectorAll(selector)];
const partData = (name) => find(`[data-part="${name}"]`)?.dataset ?? {};
const kind = element.querySelector("[data-part]")?.dataset.part;

if (!desk.act) {
  const POLL_MS = 2000, ANSWER_MS = 20000;
  const kept = (name) => sessionStorage.getItem("lantern.console." + name);
  const keep = (name, value) => sessionStorage.setItem("lantern.console." + name, value);
  desk.language = localStorage.getItem("lantern.console.language") ?? (navigator.language.startsWith("zh") ? "zh" : "en");
  desk.view = kept("view") ?? "waiting";
  desk.conversation = kept("conversation") ?? "";
  desk.typed = JSON.parse(kept("typed") ?? "{}");
  desk.drafted = JSON.parse(kept("drafted") ?? "{}");

  // One act after the other, so that an older answer never comes over a newer one.
  const here = () => ({
    language: desk.language, view: desk.view, conversation: desk.conversation, query: desk.query ?? "", state: partData("beat").state ?? "",
    draft: partData("draft").conversation === desk.conversation ? partData("draft").draft : "",
    marks: Object.fromEntries(every("[data-mark]").map((e) => [e.dataset.part, e.dataset.mark])),
  });
  desk.act = (data) => {
    desk.acts.push(data);
    desk.next();
  };
  desk.next = () => {
    if (desk.busy || !desk.acts.length || !desk.channel) return;
    // What is done to a conversation is done to the one that was open when the button was pressed (`of`), wherever the
    // page is by now.
    const data = desk.acts.shift();
    desk.asked = { act: data.act, from: desk.conversation };
    desk.busy = true;
    desk.answered = false;
    desk.answer = setTimeout(desk.unanswered, ANSWER_MS);
    desk.channel("select", { ...data, here: here() });
  };
  desk.idle = () => {
    clearTimeout(desk.answer);
    if (!desk.answered) return void desk.unanswered();
    desk.busy = false;
    for (const trouble of ["data-offline", "data-signed-off"]) document.body.removeAttribute(trouble);
    desk.next();
  };
  desk.unanswered = async () => {
    const answer = await fetch("/console/", { method: "HEAD", redirect: "manual" }).catch(() => null);
    document.body.toggleAttribute("data-signed-off", answer?.status === 401);
    document.body.toggleAttribute("data-offline", answer === null);
    desk.busy = false;
    desk.unlock();
    setTimeout(desk.next, POLL_MS);
  };
  const mine = (data) => desk.act({ ...data, of: desk.conversation });
  // Each look counts as a use of the sign-in, so a page that nobody sits at must not go on looking.
  desk.touched = Date.now();
  const touch = () => {
    desk.touched = Date.now();
    if (document.body.dataset.paused === undefined) return;
    delete document.body.dataset.paused;
    desk.act({ act: "look" });
  };
  const look = () => {
    if (document.hidden || desk.busy || desk.acts.length) return;
    if (Date.now() - desk.touched > desk.patience) document.body.dataset.paused = "1";
    else desk.act({ act: "look" });
  };
  for (const sign of ["keydown", "pointerdown", "pointermove", "wheel", "touchstart"])
    document.addEventListener(sign, touch, { capture: true, passive: true });
  setInterval(look, POLL_MS);
  document.addEventListener("visibilitychange", look);
  // A form that was sent waits for its answer; a second press is the same press.
  desk.unlock = () => {
    for (const form of every("form[data-sent]")) delete form.dataset.sent;
    for (const sent of Object.values(desk.sends)) sent.open = false;
  };

  // The reply box. What the agent typed is never replaced; a draft is put in only where nothing else is.
  const box = () => find("#reply-text");
  const memory = () => (desk.typed[desk.conversation] ??= { text: "", placed: "", draft: "", note: "" });
  const own = () => box().value.trim() !== "" && box().value !== memory().placed;
  const say = (text) => (find(".reply-box .state").textContent = text);
  desk.save = () => {
    if (!desk.conversation || !box()) return;
    Object.assign(memory(), { text: box().value, note: find("#note-text").value });
    keep("typed", JSON.stringify(desk.typed));
    desk.label();
  };
  desk.label = () => {
    const words = partData("reply"), { draft, placed } = memory();
    const name = find("[data-send] .name");
    if (!name) return;
    name.textContent = draft ? words.sayUse : words.saySend;
    const spare = find(".spare");
    if (spare) spare.hidden = !partData("draft").draft || draft === partData("draft").draft;
    for (const e of every("[data-dismiss]")) e.hidden = !partData("draft").draft;
    if (draft) say(box().value === placed ? words.sayIsDraft : words.sayIsEdited);
    else if (spare && !spare.hidden) say(words.sayDraftWaits);
    else say(memory().outdated ? words[memory().outdated] : "");
  };
  desk.place = (text, draft) => {
    box().value = text;
    Object.assign(memory(), { placed: text, draft, outdated: "" });
    desk.save();
  };
  // What the server shows as the open draft, taken into the box, or out of it where it is void.
  desk.follow = () => {
    const data = partData("draft");
    if (!box() || data.conversation !== desk.conversation || desk.writing === desk.conversation) return;
    const held = memory();
    if (data.draft && data.draft !== held.draft) {
      if (held.draft && !own()) box().value = "";
      if (!own()) desk.place(data.text, data.draft);
    } else if (!data.draft && held.draft) {
      const edited = own();
      if (!edited) box().value = "";
      Object.assign(held, { placed: "", draft: "", outdated: data.outdated ? (edited ? "sayOutdatedKept" : "sayOutdated") : "" });
    }
    desk.save();
  };
  desk.write = (more) => {
    if (desk.writing || !desk.conversation) return;
    desk.writing = desk.conversation;
    document.body.dataset.drafting = "1";
    const broken = find(".under .broken");
    if (broken) broken.hidden = true;
    desk.stream("submit", { ...more, here: here() });
  };
  desk.streamed = (data) => {
    if (data.status === "writing") {
      if (data.conversation === desk.conversation && data.text && !own()) {
        box().value = data.text;
        Object.assign(memory(), { placed: data.text, draft: "" });
      }
      return;
    }
    if (desk.once === data.once) return;
    desk.once = data.once;
    desk.writing = null;
    delete document.body.dataset.drafting;
    if (data.status === "failed" && find(".under .broken")) find(".under .broken").hidden = false;
    // Whoever is quicker than the next look sends or dismisses this draft, not the one before.
    if (data.status === "ready" && data.conversation === desk.conversation && !own()) desk.place(data.text, data.draft);
    if (data.status !== "ready" && data.conversation === desk.conversation && !own() && !memory().draft) box().value = "";
    desk.act({ act: "look" });
  };
  // A line that nobody answered yet gets a draft, once, even over a reload.
  desk.wish = () => {
    const { wants, conversation } = partData("talk");
    if (!wants || conversation !== desk.conversation || desk.drafted[conversation] === wants || desk.writing) return;
    desk.drafted[conversation] = wants;
    keep("drafted", JSON.stringify(desk.drafted));
    desk.write({ style: "standard" });
  };
  desk.show = (pane) => {
    document.body.dataset.pane = pane;
    for (const e of every("[data-pane]")) if (e.tagName === "BUTTON") e.ariaPressed = String(e.dataset.pane === pane);
  };
  desk.mode = (mode) => {
    document.body.dataset.mode = mode;
    for (const e of every("[data-mode]")) if (e.tagName === "BUTTON") e.ariaPressed = String(e.dataset.mode === mode);
  };
  desk.open = (conversation) => {
    desk.save();
    desk.conversation = conversation;
    desk.query = "";
    keep("conversation", conversation);
    for (const e of every("[data-open]")) e.toggleAttribute("aria-current", e.dataset.open === conversation);
    const held = memory();
    if (box()) Object.assign(box(), { value: held.text }), Object.assign(find("#note-text"), { value: held.note });
    desk.mode("reply");
    desk.show("talk");
  };
  const send = () => {
    const text = box().value.trim();
    const before = desk.sends[desk.conversation];
    if (!text || box().disabled || (before?.open && before.text === text)) return;
    desk.sends[desk.conversation] = { text, open: true };
    mine({ act: "send", text, draft: memory().draft });
  };
  const note = () => mine({ act: "note", text: find("#note-text").value });
  desk.insert = (text) => {
    const area = box();
    if (!area || area.disabled) return;
    const glue = area.value && !/\s$/.test(area.value) ? "\n" : "";
    area.value += glue + text;
    desk.mode("reply");
    desk.show("talk");
    desk.save();
    area.focus();
  };
  const copy = async (from) => {
    const text = from === "summary" ? find("#summary-text").textContent : box().value;
    await navigator.clipboard.writeText(text).then(() => desk.tell(partData("reply").sayCopied), () => {
      const area = Object.assign(document.createElement("textarea"), { value: text });
      (find("dialog[open]") ?? document.body).append(area);
      area.select();
      if (document.execCommand("copy")) desk.tell(partData("reply").sayCopied);
      area.remove();
    });
  };
  desk.tell = (text) => {
    const line = find("#told .told");
    if (!line) return;
    line.textContent = text;
    line.classList.add("fresh-told");
    clearTimeout(desk.hush);
    desk.hush = setTimeout(() => line.classList.remove("fresh-told"), 5000);
  };
  // What was sent leaves the box of its own conversation, be it open or not; what was typed since stays.
  desk.sentOff = (of) => {
    const held = (desk.typed[of] ??= { text: "", placed: "", draft: "", note: "" });
    const open = of === desk.conversation && box();
    const text = open ? box().value : held.text;
    if (text.trim() === desk.sends[of]?.text) {
      Object.assign(held, { text: "", placed: "", draft: "", outdated: "" });
      if (open) box().value = "";
    } else if (text !== held.placed) Object.assign(held, { placed: "", draft: "", outdated: "" });
    keep("typed", JSON.stringify(desk.typed));
    if (open) desk.save(), box().focus({ preventScroll: true });
  };
  desk.noted = (of) => {
    if (of === desk.conversation) find("#note-text").value = "";
    else if (desk.typed[of]) desk.typed[of].note = "";
    keep("typed", JSON.stringify(desk.typed));
    desk.save();
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("button");
    if (!button || button.disabled || !button.closest(".gradio-container")) return;
    const d = button.dataset;
    if (d.close !== undefined) button.closest("dialog").close();
    else if (d.open !== undefined) desk.open(d.open), desk.act({ act: "open", conversation_id: d.open });
    else if (d.view !== undefined) (desk.view = d.view), keep("view", d.view), desk.act({ act: "view", view: d.view });
    else if (d.pane !== undefined) desk.show(d.pane);
    else if (d.mode !== undefined) desk.mode(d.mode), find(d.mode === "note" ? "#note-text" : "#reply-text").focus();
    else if (d.language !== undefined) {
      desk.language = d.language;
      localStorage.setItem("lantern.console.language", d.language);
      desk.act({ act: "language" });
    } else if (d.sheet !== undefined) desk.act({ act: "sheet", sheet: d.sheet });
    else if (d.policies !== undefined) desk.act({ act: "policies", tongue: d.policies });
    else if (d.passage !== undefined) desk.act({ act: "passage", heading: d.passage, topic: d.topic, tongue: d.tongue });
    else if (d.restore !== undefined) desk.act({ ...d, act: "save_passage", text: d.restore });
    else if (d.automatic === "1") desk.act({ act: "sheet", sheet: "automatic" });
    else if (d.automatic === "0") mine({ act: "automatic", on: "0" });
    else if (d.send !== undefined) send();
    else if (d.note !== undefined) note();
    else if (d.dismiss !== undefined) mine({ act: "dismiss", draft: memory().draft || partData("draft").draft });
    else if (d.style !== undefined) {
      button.closest("[popover]").hidePopover();
      desk.write({ style: d.style });
    } else if (d.question !== undefined) desk.write({ style: "standard", question: d.question });
    else if (d.put !== undefined) desk.place(partData("draft").text, partData("draft").draft), box().focus();
    else if (d.copy !== undefined) copy(d.copy);
    else if (d.insert !== undefined) {
      if (d.closeToo) button.closest("dialog").close();
      desk.insert(d.insert);
    } else if (d.turnChip !== undefined || d.dropField !== undefined) {
      const chip = button.closest("[data-chip-field]");
      chip?.hidePopover();
      const field = d.dropField ?? chip.dataset.chipField, value = d.dropValue ?? chip.dataset.chipValue;
      mine({ act: "chip", field, value, turned: d.turnChip !== undefined });
    } else if (d.act !== undefined) {
      button.closest("[popover]")?.hidePopover();
      mine({ ...d });
    }
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const chip = form.closest("[data-chip-field]");
    if (!chip && !form.dataset.form && !form.dataset.intentOf) return;
    event.preventDefault();
    if (form.dataset.sent) return;
    const values = Object.fromEntries(new FormData(form));
    if (chip) {
      chip.hidePopover();
      mine({ act: "chip", field: chip.dataset.chipField, value: chip.dataset.chipValue, to: values.to });
    } else if (form.dataset.intentOf) {
      form.closest("[popover]").hidePopover();
      mine({ act: "intent", turn: form.dataset.intentOf, intent: values.intent });
    } else if (form.dataset.form === "orders") {
      desk.query = values.query;
      mine({ act: "orders", query: values.query });
    } else if (["paste", "customer"].includes(form.dataset.form)) {
      form.dataset.sent = "1";
      (form.dataset.form === "customer" ? mine : desk.act)({ act: form.dataset.form, ...values });
    } else desk.act({ act: form.dataset.form === "passage" ? "save_passage" : form.dataset.form, ...values });
  }, true);
  document.addEventListener("input", (event) => {
    if (event.target.id === "reply-text" && event.target.value === "") Object.assign(memory(), { placed: "" });
    if (["reply-text", "note-text"].includes(event.target.id)) desk.save();
  });
  document.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      if (event.target.id === "reply-text") event.preventDefault(), send();
      if (event.target.id === "note-text") event.preventDefault(), note();
    } else if (event.altKey && event.code === "KeyC" && box()) event.preventDefault(), copy("reply");
  });
  // A part that was drawn anew moves its buttons; the keyboard stays on the one it was on.
  document.addEventListener("focusin", (event) => (desk.focused = event.target.dataset?.key));
  desk.refocus = () => {
    const at = document.activeElement;
    if (!desk.focused || (at && at !== document.body && at.dataset.key === desk.focused)) return;
    if (at && at !== document.body && at.dataset.key === undefined) return;
    find(`[data-key="${CSS.escape(desk.focused)}"]`)?.focus({ preventScroll: true });
  };
  desk.toEnd = () => {
    const log = find(".talk .lines");
    if (log && desk.pinned) log.scrollTop = log.scrollHeight;
  };
  const clock = (moment) =>
    moment.toLocaleString(desk.language === "zh" ? "zh-CN" : "en-GB", moment.toDateString() === new Date().toDateString()
      ? { hour: "2-digit", minute: "2-digit" } : { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
  desk.times = () => {
    const words = find(".queue")?.dataset;
    for (const e of every("time[datetime]")) {
      const moment = new Date(e.dateTime);
      if (isNaN(moment)) continue;
      let text = clock(moment);
      if (e.classList.contains("since") && words) {
        const minutes = Math.max(0, Math.floor((Date.now() - moment) / 60000));
        const [form, count] = minutes < 1 ? [words.now, 0] : minutes < 60 ? [words.minutes, minutes]
          : minutes < 1440 ? [words.hours, Math.floor(minutes / 60)] : [words.days, Math.floor(minutes / 1440)];
        text = words.waits.replace("{}", form.replace("{}", count));
      }
      if (e.textContent !== text) e.textContent = text;
    }
  };
  setInterval(() => desk.times(), 20000);
  desk.show(desk.conversation ? "talk" : "queue");
  desk.mode("reply");
}

if (kind === "told") {
  desk.channel = trigger;
  desk.act({ act: "look" });
  watch("value", () => {
    const { kind: how, once, conversation: of } = partData("told");
    if (!once || once === desk.toldOnce) return;
    desk.toldOnce = once;
    if (how === "sent") desk.sentOff(of);
    if (how === "noted") desk.noted(of);
    if (["send", "customer", "paste"].includes(desk.asked?.act)) desk.unlock();
    desk.tell(find("#told .told").textContent);
  });
} else if (kind === "beat") {
  watch("value", () => (desk.answered = true));
} else if (kind === "stream") {
  desk.stream = trigger;
  watch("value", () => desk.streamed(partData("stream")));
} else if (kind === "head") {
  watch("value", () => {
    document.documentElement.lang = desk.language;
    desk.show(document.body.dataset.pane ?? "queue");
  });
} else if (kind === "queue") {
  watch("value", () => {
    desk.view = partData("queue").view ?? desk.view;
    desk.times();
    desk.refocus();
  });
} else if (kind === "talk") {
  let shown = "", lines = 0;
  watch("value", () => {
    const { conversation } = partData("talk");
    // A conversation that was pasted is opened by the server; any other answer is about one that was left meanwhile.
    if (conversation && conversation !== desk.conversation && desk.asked?.act === "paste" && desk.asked.from === desk.conversation)
      desk.open(conversation);
    desk.times();
    desk.refocus();
    const log = find(".talk .lines");
    const count = log?.children.length ?? 0;
    if (conversation !== shown || count > lines) desk.pinned = true;
    desk.toEnd();
    if (log && desk.watched !== log) {
      desk.watched = log;
      // Whoever reads further up stays there; whoever is at the end stays at the end when the parts below grow.
      // A scroll that comes of a change in height is nobody's wish.
      let tall = log.clientHeight;
      log.addEventListener("scroll", () => {
        if (log.clientHeight === tall) desk.pinned = log.scrollHeight - log.scrollTop - log.clientHeight < 24;
      });
      new ResizeObserver(() => {
        desk.toEnd();
        tall = log.clientHeight;
      }).observe(log);
    }
    [shown, lines] = [conversation, count];
    desk.wish();
  });
} else if (kind === "reply") {
  watch("value", () => {
    desk.mode(document.body.dataset.mode ?? "reply");
    if (find("#reply-text").value === "" && desk.typed[desk.conversation]?.text)
      find("#reply-text").value = desk.typed[desk.conversation].text;
    desk.label();
  });
} else if (kind === "draft") {
  watch("value", () => {
    desk.follow();
    desk.wish();
  });
} else if (kind === "side") {
  watch("value", () => desk.refocus());
} else if (kind === "panel") {
  let once = "";
  watch("value", () => {
    const sheet = find("#panel dialog");
    if (!sheet) return;
    if (sheet.dataset.once === once && sheet.open) return;
    once = sheet.dataset.once;
    for (const form of sheet.querySelectorAll("form")) form.reset();
    if (!sheet.open) {
      // A handler that returned false would keep every button in the sheet from doing what it does.
      sheet.onclick = (event) => void (event.target === sheet && sheet.close());
      sheet.showModal();
    }
    desk.times();
  });
}
