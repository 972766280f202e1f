// How far somebody is: the script of the course map, of a chapter's end and of the page of objectives.
import { defineMap } from "./map.ts";
import { defineMastery } from "./mastery.ts";
import { defineRead } from "./read.ts";

defineMap();
defineMastery();
defineRead();
