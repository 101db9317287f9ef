// Saves the form of a space by itself, so that leaving it loses nothing.  Without this script the
// button « Enregistrer et reprendre plus tard » does the same.
{
  const EVERY = 30_000;
  const LONGEST_KEPT_ALIVE = 60_000;
  const form = document.querySelector("[data-form]");
  const says = document.querySelector("[data-draft]");
  // What was refused is kept nowhere yet, and saved unless a notice asks something first.
  const isKept = !("cameBack" in form.dataset) || document.querySelector("#notice") !== null;
  let saved = isKept ? serialized(asGiven()) : "";
  let isSaving = false;
  let isSending = false;

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

  const save = async () => {
    const now = serialized();
    if (isSaving || isSending || now === saved) return;
    isSaving = true;
    const body = content();
    try {
      const answer = await fetch(form.action, {
        method: "POST",
        body,
        headers: { Accept: "application/json" },
        // Only what is short may outlive its page: browsers refuse the rest, unsent.
        keepalive: document.hidden && body.toString().length < LONGEST_KEPT_ALIVE,
      });
      const { revision, sentence } = await answer.json();
      if (answer.ok) {
        saved = now;
        form.elements.draft_revision.value = revision;
        dispatchEvent(new Event("space-seen"));
      } else {
        isSending = true; // nothing more by itself: the button shows both texts, or why not
      }
      tell(sentence, !answer.ok);
    } catch {
      tell(says.dataset.failed, true);
    } finally {
      isSaving = false;
    }
  };

  form.addEventListener("submit", () => (isSending = true));
  setInterval(save, EVERY);
  document.addEventListener("visibilitychange", () => document.hidden && save());
  addEventListener("pagehide", save);
}
