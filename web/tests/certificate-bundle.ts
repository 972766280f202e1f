// Writes a classic script that puts what draws and makes a certificate where a test in a browser finds it:
// `certificates`, of the window.
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const { outputFiles } = await build({
  absWorkingDir: path.dirname(path.dirname(fileURLToPath(import.meta.url))),
  stdin: {
    contents: `
      import { draw, inWords, nameBox } from "./src/certificate/draw.ts";
      import { offerCertificate } from "./src/exam/certificate.ts";
      import { PAPERS, dots } from "./src/certificate/paper.ts";
      window.certificates = { PAPERS, dots, draw, inWords, nameBox, offerCertificate };`,
    loader: "ts",
    resolveDir: ".",
  },
  bundle: true,
  format: "iife",
  target: "es2022",
  charset: "utf8",
  define: { COURSE: '"0.1.0"' },
  write: false,
});
process.stdout.write(outputFiles[0]!.text);
