// The questions' script: a page asks for it when a question stands there.
import { defineQuestion } from "./element.ts";

defineQuestion();
