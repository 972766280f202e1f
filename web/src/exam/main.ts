// The exam's script: the page of the exam asks for it.
import { defineExam } from "./element.ts";

defineExam();
