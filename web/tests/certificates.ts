// Reads banks with their keys, and files; writes what the page finds in them, one JSON a line. For Python's tests.
import { createInterface } from "node:readline";
import { NotACertificate } from "../src/certificate/contents.ts";
import { certificateIn } from "../src/certificate/read.ts";
import { PROVES, PROVES_NOT, verify } from "../src/certificate/verify.ts";
import type { Bank } from "../src/exam/form.ts";
import type { Keys } from "../src/exam/score.ts";

const banks: { bank: Bank; keys: Keys }[] = [];
for await (const line of createInterface({ input: process.stdin })) {
  const order = JSON.parse(line);
  if (order.bank) {
    banks.push({ bank: order.bank, keys: (id, version) => order.keys[id]?.[version] });
    continue;
  }
  const { bank, keys } = banks[order.of]!;
  try {
    const certificate = certificateIn(new Uint8Array(Buffer.from(order.file, "base64")));
    const { name, course, day, form, answers, right } = certificate;
    const { holds, found } = verify(certificate, bank, keys);
    console.log(JSON.stringify({ name, course, day, form, answers, right, holds, found, says: [PROVES, PROVES_NOT] }));
  } catch (error) {
    if (!(error instanceof NotACertificate)) throw error;
    console.log(JSON.stringify({ refused: error.message }));
  }
}
