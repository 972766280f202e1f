// What every page of the site runs. A classic script, so that it works from a double-clicked file.
import { defineExercise } from "./exercise.ts";
import { letMovedBeDismissed } from "./moved.ts";
import { defineOffline } from "./offline.ts";
import { defineTerms } from "./terms.ts";
import { bringElements } from "./on-demand.ts";
import { mendTheme } from "./theme.ts";
import { defineWork } from "./work.ts";

/** The theme's: says so for each page that it puts in place without a reload, and for the first. */
declare const document$: { subscribe(hear: () => void): void } | undefined;

function onEachPage(work: () => void): void {
  // From a folder each page is loaded, and the theme says nothing of any.
  if (typeof document$ !== "undefined" && location.protocol !== "file:") document$.subscribe(work);
  else document.addEventListener("DOMContentLoaded", work);
}

letMovedBeDismissed();
mendTheme(onEachPage);
onEachPage(bringElements);
defineExercise();
defineOffline();
defineTerms(onEachPage);
defineWork();
