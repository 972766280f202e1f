// The review's script. It brings the questions' element along: they are put on the page long after it was loaded.
import { defineQuestion } from "../questions/element.ts";
import { defineReview } from "./element.ts";

defineQuestion();
defineReview();
