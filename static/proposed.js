// Gives the page of proposed measures, which was posted, an address that names them: loaded again or
// gone back to, it is the same.  Without this script the browser asks before it posts again.
history.replaceState(history.state, "", document.querySelector("[data-proposed]").dataset.proposed);
