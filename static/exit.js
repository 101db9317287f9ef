// Leave at once: this page is emptied and replaced in the history by a neutral site.
// Without this script the link does the same, but "back" returns here.
{
  const link = document.querySelector("[data-quick-exit]");
  const WITHIN = 2000; // milliseconds for three presses
  const PRESSES = 3;
  let presses = [];

  const leave = () => {
    window.dispatchEvent(new Event("quick-exit"));
    document.documentElement.classList.add("gone");
    document.title = "…";
    location.replace(link.href);
  };

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
  window.addEventListener("pageshow", (event) => {
    if (event.persisted && document.documentElement.classList.contains("gone")) location.reload();
  });
}
