// Runs once for each HTML part of the lab. The page remembers where it is and what was not saved yet; everything else is
// on the server, which answers every act with the parts that are different now.
const lab = (window.lanternLab ??= { here: {}, key: null, waiting: false, asked: 0, texts: {} });

if (!lab.act) {
  // Any part may send an act; the first one does, so that acts come in the order in which they were done.
  lab.act = (act, more = {}) => {
    // The same act once more before it was answered, as by Enter pressed twice, is not done twice.
    const doing = ["watch", "check", "open", "go"].includes(act) ? null : JSON.stringify([act, more]);
    if (doing && doing === lab.doing && performance.now() - lab.asked < 15000) return;
    lab.doing = doing ?? lab.doing;
    lab.asked = performance.now();
    lab.waiting = true;
    document.body.toggleAttribute("data-busy", !["watch", "check"].includes(act));
    lab.send({ ...more, act, here: lab.here });
  };
  lab.answered = () => {
    lab.waiting = false;
    lab.doing = null;
    document.body.removeAttribute("data-busy");
  };
  // The address says where one is, so that a reload or a link leads there again.
  lab.place = () => {
    const { tab, task, version, run } = lab.here;
    const parts = run ? [tab, "run", run] : [tab, task, version];
    const hash = "#" + parts.map((part) => encodeURIComponent(part ?? "")).join("/");
    if (location.hash !== hash) history.replaceState(null, "", hash);
    localStorage.setItem("lantern.language", lab.here.language);
  };
  lab.open = () => {
    const [tab, task, version] = location.hash.slice(1).split("/").map(decodeURIComponent);
    const language = localStorage.getItem("lantern.language") ?? (navigator.language.startsWith("zh") ? "zh" : "en");
    const wanted = new URLSearchParams(location.search).get("lang");
    lab.here = task === "run" ? { tab, run: version } : { tab, task, version };
    lab.here.language = wanted ?? language;
    lab.act("open");
  };
  document.addEventListener("focusin", (event) => {
    lab.key = event.target.dataset?.key ?? null;
  });
  // What was answered may have replaced the control that has the keyboard; it goes on at the same one.
  lab.refocus = () => {
    if (document.activeElement && document.activeElement !== document.body) return;
    if (lab.key) document.querySelector(`[data-key="${CSS.escape(lab.key)}"]:not(:disabled)`)?.focus({ preventScroll: true });
  };
  const connection = () => document.body.toggleAttribute("data-offline", !navigator.onLine);
  addEventListener("online", connection);
  addEventListener("offline", connection);
  addEventListener("beforeunload", (event) => {
    if (lab.changed?.()) event.preventDefault();
  });
  setInterval(() => {
    const watched = document.querySelector("[data-watch]");
    const silent = performance.now() - lab.asked;
    if (watched && !document.hidden && (!lab.waiting ? silent > 900 : silent > 15000)) lab.act("watch", { mark: watched.dataset.watch });
  }, 500);
}

const dataOf = (form) => {
  const data = { ...form.dataset };
  for (const [name, value] of new FormData(form)) if (typeof value === "string") data[name] = value;
  return data;
};

element.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button || !element.contains(button) || button.type === "submit") return;
  const { act, close, toLine, discard, ...rest } = button.dataset;
  if (close !== undefined) button.closest("dialog").close();
  else if (toLine !== undefined) lab.toLine?.(Number(toLine));
  else if (discard !== undefined) lab.discard?.();
  else if (act !== undefined) lab.act(act, rest);
});

element.addEventListener("submit", async (event) => {
  const form = event.target;
  event.preventDefault();
  if (form.dataset.act === undefined) return;
  const { act, via, withText, ...rest } = dataOf(form);
  if (withText !== undefined) {
    const area = document.querySelector("[data-editor]");
    rest.text = area.value;
    lab.saving = area.dataset.editor;
  }
  const file = form.querySelector("input[type=file]")?.files[0];
  if (file) {
    const shown = form.previousElementSibling;
    if (file.size > Number(form.dataset.most)) {
      shown.insertAdjacentHTML("afterend", `<p class="notice" role="alert"></p>`);
      shown.nextElementSibling.textContent = form.dataset.tooLarge;
      return;
    }
    const bytes = new Uint8Array(await file.arrayBuffer());
    let text = "";
    for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
    rest.data = btoa(text);
  }
  if (via === "submit") trigger("submit", { ...rest, here: lab.here });
  else lab.act(act, rest);
});

// -- the editor: line numbers, the problem beside its line, what was not saved yet ------------------------------------

const editing = () => {
  const area = element.querySelector("[data-editor]");
  if (!area) return;
  const key = area.dataset.editor;
  // New parts are grown out of the old ones: it may be the same text box, with what stood in it.
  if (area.ready === key) return lab.again();
  area.ready = key;
  area.leave?.abort();
  if (lab.saving) delete lab.texts[lab.saving];
  lab.saving = null;
  area.leave = new AbortController();
  const { signal } = area.leave;
  const saved = area.defaultValue;
  area.value = saved;
  element.querySelector(".save [name=note]").value = "";
  const [gutter, mirror, beside] = [".gutter", ".mirror", ".beside"].map((name) => element.querySelector(name));
  const state = element.querySelector(".state");
  if (lab.texts[key] !== undefined) area.value = lab.texts[key];
  const preview = (name) => element.querySelector(`[data-preview=${name}]`).value;
  let timer = 0;
  const check = (wait) => {
    clearTimeout(timer);
    timer = setTimeout(() => lab.act("check", {
      text: area.value, sku: preview("sku"), request: preview("request"), against: preview("against"),
    }), wait);
  };
  const mark = () => {
    if (!area.isConnected || signal.aborted) return;
    const told = document.querySelector("[data-problem-line]");
    const line = told ? Number(told.dataset.problemLine) : 0;
    const words = element.querySelector("#text-problem");
    for (const row of mirror.children) row.classList.remove("wrong");
    for (const row of gutter.children) row.classList.remove("wrong");
    beside.replaceChildren();
    area.setAttribute("aria-invalid", String(line > 0));
    const said = line ? `${element.querySelector(".editor").dataset.line.replace("{}", line)}: ${told.dataset.problem}` : "";
    if (words.textContent !== said) words.textContent = said;
    const row = mirror.children[line - 1];
    if (!row) return;
    row.classList.add("wrong");
    gutter.children[line - 1].classList.add("wrong");
    const note = document.createElement("p");
    note.textContent = told.dataset.problem;
    note.style.top = `${row.offsetTop}px`;
    beside.append(note);
  };
  const draw = () => {
    if (!area.isConnected || signal.aborted) return;
    const lines = area.value.split("\n");
    mirror.replaceChildren(...lines.map((line) => Object.assign(document.createElement("div"), { textContent: line || "\u200b" })));
    gutter.replaceChildren(...lines.map((_, n) => {
      const number = Object.assign(document.createElement("div"), { textContent: n + 1 });
      number.style.height = `${mirror.children[n].offsetHeight}px`;
      return number;
    }));
    area.style.height = `${mirror.offsetHeight + 4}px`;
    const changed = area.value !== saved;
    state.textContent = changed ? state.dataset.changed : state.dataset.saved;
    state.classList.toggle("changed", changed);
    element.querySelector("[data-discard]").disabled = !changed;
    if (changed) lab.texts[key] = area.value;
    else delete lab.texts[key];
    mark();
  };
  lab.mark = mark;
  lab.changed = () => Object.keys(lab.texts).length > 0;
  lab.discard = () => {
    area.value = saved;
    draw();
    check(0);
    area.focus();
  };
  lab.again = () => {
    draw();
    check(0);
  };
  lab.toLine = (line) => {
    const at = area.value.split("\n").slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
    area.focus();
    area.setSelectionRange(at, at);
    mirror.children[line - 1]?.scrollIntoView({ block: "center" });
  };
  area.addEventListener("input", () => {
    draw();
    check(450);
  }, { signal });
  for (const input of element.querySelectorAll("[data-preview]")) input.addEventListener(input.tagName === "SELECT" ? "change" : "input", () => check(500), { signal });
  const resized = new ResizeObserver(draw);
  resized.observe(mirror.parentElement);
  signal.addEventListener("abort", () => resized.disconnect());
  draw();
  check(0);
};

watch("value", () => {
  const part = element.querySelector("[data-part]")?.dataset.part;
  if (part === "head") {
    lab.here = JSON.parse(element.querySelector("[data-here]").dataset.here);
    document.documentElement.lang = lab.here.language;
    document.body.dataset.tab = lab.here.tab;
    lab.place();
  }
  if (part === "main") editing();
  if (part === "side") lab.mark?.();
  const file = element.querySelector("pre.file");
  if (file) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([file.textContent], { type: file.dataset.type }));
    link.download = file.dataset.name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    file.remove();
  }
  const toast = element.querySelector(".toast");
  if (toast?.classList.contains("bad")) lab.saving = null;
  if (toast) setTimeout(() => toast.isConnected && toast.classList.add("gone"), 8000);
  // A sheet opens as a dialog, so that the keyboard stays in it and Escape closes it.
  const sheet = element.querySelector("dialog[data-open]");
  if (sheet && !sheet.open) {
    sheet.addEventListener("click", (event) => event.target === sheet && sheet.close());
    // What was typed into a sheet that was left must not turn up in the next one.
    sheet.addEventListener("close", () => sheet.remove());
    // A sheet that came again, as after a vote, keeps the keyboard where it was.
    const key = lab.key;
    sheet.showModal();
    if (key) sheet.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus();
  }
  lab.refocus();
});

if (!lab.send && element.querySelector('[data-part="head"]')) {
  lab.send = (data) => trigger("select", data);
  lab.open();
}
