// The widgets' script: in a page it is asked for when one stands there, in a notebook it comes with the output.
import { defineWidget } from "./element.ts";

defineWidget();
