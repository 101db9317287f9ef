// Comforts of a text's page.  Without this script every button and field works.
{
  const form = document.querySelector("[data-moderation]");
  const text = document.querySelector("[data-text]");
  const every = (selector, root = document) => [...root.querySelectorAll(selector)];
  const STORED = "moderation-keys";

  // What is selected in the text goes into the field; signs that show nothing are put back.

  const selected = () => {
    const selection = getSelection();
    if (!selection.rangeCount || selection.isCollapsed) return "";
    const range = selection.getRangeAt(0);
    if (!text.contains(range.commonAncestorContainer)) return "";
    const part = range.cloneContents();
    every(".hidden", part).forEach((words) => words.remove());
    every("[data-sign]", part).forEach((sign) => {
      const points = sign.dataset.sign.split(" ").map((point) => parseInt(point, 16));
      sign.replaceWith(String.fromCodePoint(...points));
    });
    return part.textContent.trim();
  };

  // Each passage has its own field; a selection that is stretched or shrunk stays in the one it has.
  const fields = () => every("[name=autre]", form);
  const isSame = (one, other) => other && (one.includes(other) || other.includes(one));

  const addField = () => {
    const last = fields().at(-1);
    const box = last.closest("[data-copied]").cloneNode(true);
    const field = box.querySelector("textarea");
    every(".limit, .why", box).forEach((words) => words.remove());
    box.classList.remove("wrong");
    field.removeAttribute("aria-invalid");
    field.value = "";
    field.id = box.querySelector("label").htmlFor = `autre-${fields().length + 1}`;
    last.closest("[data-copied]").after(box);
    return field;
  };

  let latest = null;

  const takeSelection = () => {
    const words = selected();
    if (!words) return;
    if (!latest || !isSame(words, latest.value)) {
      latest = fields().find((field) => !field.value.trim()) ?? addField();
    }
    latest.value = words;
  };

  // Letters press buttons.  A reason that is needed is asked for as a digit.

  const reasons = form?.elements.raison;
  const status = form?.querySelector("[data-say]");
  const toggle = form?.querySelector("[data-toggle]");
  let armed = null;
  let isOn = true;

  const say = (words) => (status.textContent = words);

  const arm = (button) => {
    armed = button;
    const choices = every("option", reasons).slice(1);
    const listed = choices.map((option, at) => `${(at + 1) % 10} ${option.textContent}`).join(" · ");
    say(`${button.dataset.name} : tapez le chiffre de la raison. ${listed} · Échap annule.`);
  };

  const disarm = () => {
    armed = null;
    say("");
  };

  // A reason that was given for masks is not taken for one to withhold the text.
  const needsReason = ({ dataset: { needs } }) => {
    if (needs === "autre") return !reasons.value && fields().some((field) => field.value.trim());
    return needs && (!reasons.value || "kept" in reasons.dataset);
  };

  const press = (control) => {
    if (needsReason(control)) arm(control);
    else control.click();
  };

  const choose = (key) => {
    const at = key === "0" ? 10 : Number(key);
    const button = armed;
    if (!reasons.options[at]) return;
    reasons.selectedIndex = at;
    disarm();
    button.click();
  };

  const isTyping = ({ target }) => target.closest("textarea, select, input:not([type=checkbox])");

  // Arrows move or stretch a selection, and Shift with a key that writes nothing does too.
  const isSelecting = ({ key, shiftKey, target }) => {
    if (shiftKey && key.length > 1) return true;
    return key.startsWith("Arrow") && (text.contains(target) || !getSelection().isCollapsed);
  };

  const listen = (event) => {
    if (event.repeat || event.ctrlKey || event.altKey || event.metaKey) return;
    if (isTyping(event) || isSelecting(event) || !isOn) return;
    if (armed && event.key === "Escape") disarm();
    else if (armed && /^\d$/.test(event.key)) choose(event.key);
    else {
      const wanted = event.key.length === 1 ? event.key.toLowerCase() : event.key;
      const control = document.querySelector(`[data-key~="${CSS.escape(wanted)}"]`);
      if (!control) return;
      event.preventDefault();
      press(control);
    }
  };

  const turn = (on) => {
    isOn = on;
    toggle.textContent = on ? toggle.dataset.on : toggle.dataset.off;
    every("kbd").forEach((key) => (key.hidden = !on));
    localStorage.setItem(STORED, on ? "on" : "off");
    if (!on) disarm();
  };

  // A second press while the first is under way sends nothing.

  const send = (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
  };

  if (form) {
    every("[data-needs]", form).forEach((button) => {
      button.dataset.name = button.firstChild.textContent.trim();
    });
    form.querySelector("[data-select]").hidden = false;
    toggle.hidden = false;
    turn(localStorage.getItem(STORED) !== "off");
    toggle.addEventListener("click", () => turn(!isOn));
    reasons.addEventListener("change", () => delete reasons.dataset.kept);
    text.addEventListener("mouseup", takeSelection);
    text.addEventListener("keyup", takeSelection);
    form.querySelector("[data-add]")?.addEventListener("click", (event) => {
      event.preventDefault();
      addField().focus();
    });
    form.addEventListener("submit", send);
    window.addEventListener("pageshow", () => delete form.dataset.sent);
  }
  document.addEventListener("keydown", (event) => form && listen(event));
}
