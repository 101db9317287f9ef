// Leave at once: the space is closed on the server, this page is emptied and replaced in the history
// by a neutral site.  Nothing is waited for.  Without this script the link closes the space and
// leads there by itself, and "back" asks the server again, which shows nothing of it.
{
  const link = document.querySelector("[data-quick-exit]");
  const closing = link.href;
  const neutral = link.dataset.quickExit;
  const WITHIN = 2000; // milliseconds for three presses
  const PRESSES = 3;
  const KEPT_FOR = 2 * 3600 * 1000; // milliseconds
  const LEFT_AT = "left";
  let presses = [];

  const leave = () => {
    window.dispatchEvent(new Event("quick-exit")); // what was typed is on its way before the next
    sessionStorage.clear();
    sessionStorage.setItem(LEFT_AT, Date.now());
    fetch(closing, { method: "POST", keepalive: true }).catch(() => {});
    document.documentElement.classList.add("gone");
    document.title = "…";
    document.body.replaceChildren();
    location.replace(neutral);
  };

  // What a tab was asked to keep of a form ends with its two hours, whatever page is open then.
  const expire = () => {
    const { at } = JSON.parse(sessionStorage.getItem("kept") ?? "{}");
    if (at < Date.now() - KEPT_FOR) sessionStorage.removeItem("kept");
  };
  expire();
  setTimeout(expire, KEPT_FOR);

  link.title = link.dataset.help;
  link.addEventListener("click", (event) => {
    event.preventDefault();
    leave();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") {
      presses = [];
    } else if (!event.repeat) {
      presses = [...presses.slice(1 - PRESSES), event.timeStamp];
      if (presses.length === PRESSES && event.timeStamp - presses[0] < WITHIN) leave();
    }
  });
  // A link within the page would leave an entry in the history, with what was typed until then.
  document.addEventListener("click", (event) => {
    const within = event.target.closest('a[href^="#"]');
    if (!within || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    const { state } = history;
    location.replace(within.href);
    history.replaceState(state, "");
  });
  // The forms of this tab that were given out before it was left come back without their words, and
  // without the key that they were sent with.  A browser puts the words back before "pageshow", which
  // waits for the last picture: until then the forms are not seen.
  const { since = Date.now() } = history.state ?? {};
  history.replaceState({ ...history.state, since }, "");
  const wasLeft = () => since <= (sessionStorage.getItem(LEFT_AT) ?? 0);
  const hide = (isHidden) => document.documentElement.classList.toggle("blanked", isHidden);
  const empty = () => {
    if (!wasLeft()) return;
    history.replaceState({ since }, "");
    for (const form of document.forms) form.reset();
    hide(false);
  };
  hide(wasLeft());
  addEventListener("pageshow", empty, { capture: true }); // before what looks at the words put back

  // The page of a personal link is not gone back to, once its button has opened the space.
  document.querySelector("[data-leaves]")?.addEventListener("submit", ({ target }) => {
    history.replaceState(history.state, "", target.dataset.leaves);
  });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted && document.documentElement.classList.contains("gone")) location.reload();
  });
}
