// The script of <keepalive-verify>.
import { defineVerify } from "./element.ts";

defineVerify();
