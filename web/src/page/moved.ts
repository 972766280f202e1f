// The notice that the course is at another address than before. The server puts it into the page, so that it is read
// without a script, too; dismissed, it stays away by a cookie, which the server sees before it sends the next page.
const YEAR = 31_536_000; // seconds

export function letMovedBeDismissed(): void {
  const notice = document.querySelector<HTMLElement>(".ka-moved");
  const dismiss = notice?.querySelector("button");
  if (!notice || !dismiss) return;
  dismiss.hidden = false;
  dismiss.addEventListener("click", () => {
    document.cookie = `${notice.dataset.cookie}=dismissed; path=/; max-age=${YEAR}; samesite=strict`;
    notice.remove();
  });
}
