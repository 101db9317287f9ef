// Saves the form of a space by itself, so that leaving it loses nothing.  Without this script the
// button « Enregistrer et reprendre plus tard » does the same, and what a browser puts back into the
// fields is saved or sent as it is.
{
  const EVERY = 30_000;
  const LONGEST_KEPT_ALIVE = 60_000;
  const form = document.querySelector("[data-form]");
  const says = document.querySelector("[data-draft]");
  // What was refused is kept nowhere yet, and saved unless a notice asks something first.
  const isKept = !("cameBack" in form.dataset) || document.querySelector("#notice") !== null;
  let saved = isKept ? serialized(asGiven()) : "";
  let { filled } = form.dataset; // a word for what the server fills the form with
  const filledThen = history.state?.filled;
  let isSettled = false;
  let isSaving = false;
  let isSending = false;
  let isRefused = false;
  let refused = ""; // what was refused for what it holds, or for now: another content is tried

  // The form as the server gave it: what was typed before this script ran is not saved yet.
  function asGiven() {
    const given = form.cloneNode(true);
    given.reset();
    return given;
  }

  function content(typedIn = form) {
    const typed = new FormData(typedIn);
    typed.set("intent", "save");
    return new URLSearchParams(typed);
  }

  function serialized(typedIn = form) {
    const typed = content(typedIn);
    typed.delete("draft_revision");
    return typed.toString();
  }

  const tell = (text, isAlarm = false) => {
    says.textContent = text;
    says.setAttribute("role", isAlarm ? "alert" : "status");
    says.classList.toggle("why", isAlarm);
  };

  // After "back" or a reload a browser puts what was in the fields into a page that the server has
  // filled anew, at a moment of its own before "pageshow".  This entry of the history remembers with
  // what the server had filled it then.  With the same now: the words are the person's, not saved
  // yet.  With something else: they are old, and would be taken for a change of what is newer.

  const remember = () => history.replaceState({ ...history.state, filled }, "");

  const settle = () => {
    const way = performance.getEntriesByType("navigation")[0]?.type;
    const isAgain = filledThen !== undefined || way === "back_forward" || way === "reload";
    if (filled && isAgain && filledThen !== filled) {
      const putBack = serialized();
      form.reset();
      if (serialized() !== putBack) tell(says.dataset.newer);
    }
    remember();
    isSettled = true;
  };

  const save = async (isLeaving = false) => {
    const now = serialized();
    if (!isSettled || isSending || isRefused || (isSaving && !isLeaving)) return;
    if (now === saved || now === refused) return;
    isSaving = true;
    const body = content();
    if (isLeaving) body.set("leaving", "1"); // the last of this page, over what it saves just now
    try {
      const answer = await fetch(form.action, {
        method: "POST",
        body,
        headers: { Accept: "application/json" },
        // Only what is short may outlive its page: browsers refuse the rest, unsent.
        keepalive: (isLeaving || document.hidden) && body.toString().length < LONGEST_KEPT_ALIVE,
      });
      const { revision, sentence, may_change: mayChange, ...told } = await answer.json();
      if (answer.ok) {
        saved = now;
        ({ filled } = told);
        remember();
        form.elements.draft_revision.value = revision;
        dispatchEvent(new Event("space-seen"));
      } else if (mayChange) {
        refused = now;
      } else {
        isRefused = true; // nothing more by itself: the button shows both texts, or why not
      }
      tell(sentence, !answer.ok);
    } catch {
      tell(says.dataset.failed, true);
    } finally {
      isSaving = false;
    }
  };

  form.addEventListener("submit", () => (isSending = true));
  addEventListener("form-usable", () => (isSending = false));
  // A page that was kept whole is as it was, and so is what it is saved over.
  addEventListener("pageshow", ({ persisted }) => persisted || settle());
  addEventListener("popstate", remember); // a link within the page makes an entry of its own
  setInterval(() => save(), EVERY);
  document.addEventListener("visibilitychange", () => document.hidden && save());
  addEventListener("pagehide", () => save());
  addEventListener("quick-exit", () => {
    save(true);
    isSending = true; // and nothing more
  });
}
