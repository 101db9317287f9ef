// Copies and shares the personal link.  Each button is shown only where the browser can do it;
// without this script the link is opened, selected, or sent to an address.
{
  const card = document.querySelector("[data-link]");
  const [copy, share] = ["[data-copy]", "[data-share]"].map((name) => card.querySelector(name));
  const says = card.querySelector("[role=status]");
  const url = document.querySelector(".personal-link a").href;

  copy.hidden = !navigator.clipboard;
  share.hidden = !navigator.share;
  copy.addEventListener("click", async () => {
    const copied = await navigator.clipboard.writeText(url).then(() => true, () => false);
    says.textContent = copied ? card.dataset.copied : card.dataset.notCopied;
  });
  share.addEventListener("click", () => navigator.share({ url }).catch(() => {}));
}
