// The exam's script: the page of the exam asks for it.
import { offerCertificate } from "./certificate.ts";
import { defineExam } from "./element.ts";

defineExam(offerCertificate);
