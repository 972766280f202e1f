// How long somebody waits for a worker that says nothing. A page that was paused, by a closed lid or a busy machine, has
// not waited meanwhile.

/** Milliseconds between two looks. */
const LOOK = 100;

/**
 * Calls `late` once `limit` milliseconds have been waited. However long two looks lie apart, they count as two at most.
 * The function that comes back ends the waiting.
 */
export function patience(
  limit: number,
  late: () => void,
  now: () => number = () => performance.now(),
): () => void {
  let left = limit;
  let looked = now();
  const timer = setInterval(() => {
    left -= Math.min(now() - looked, 2 * LOOK);
    looked = now();
    if (left > 0) return;
    clearInterval(timer);
    late();
  }, Math.min(LOOK, limit));
  return () => clearInterval(timer);
}
