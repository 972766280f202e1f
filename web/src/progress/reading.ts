// Marks a chapter as read and takes the mark back: events of the chapter's own, which reset, export and merge as others do.
import type { Store } from "../store/store.ts";
import { CHAPTER, chaptersRead, readEvents } from "./standing.ts";

/** When the chapter was marked as read last: UTC, ISO 8601; undefined where it is not. */
export function readAt(store: Store, chapter: string): string | undefined {
  return chaptersRead(store.answers.counting).get(chapter);
}

export function markRead(store: Store, chapter: string): void {
  if (readAt(store, chapter) === undefined) store.add("read", CHAPTER + chapter);
}

/** By the ids of what said so: a mark that is set later, here or elsewhere, stands. */
export function markUnread(store: Store, chapter: string): void {
  if (readAt(store, chapter) === undefined) return;
  store.add("unread", CHAPTER + chapter, { events: readEvents(store.answers.counting, chapter) });
}
