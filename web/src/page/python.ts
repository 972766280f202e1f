// The one Python of the site: a worker that is started when it is first wanted, and stays while pages come and go.
import { Grader, type Start } from "../grader.ts";
import type { Said } from "../messages.ts";
import { RUNTIME_ADDRESS, WORKER_ADDRESS } from "./place.ts";

/** What a person is told while Python starts: `share` from 0 to 1. */
export interface Progress {
  share: number;
  text: string;
}

type Hear = (progress: Progress) => void;

const hearers = new Set<Hear>();
let total = 0; // bytes that the boot fetches, once known
let arrived = 0;

const start: Start = (hear) => {
  arrived = 0;
  const worker = new Worker(WORKER_ADDRESS, { type: "module", name: RUNTIME_ADDRESS });
  worker.onmessage = (event: MessageEvent<Said>) => hear(event.data);
  worker.onerror = (event) => {
    event.preventDefault();
    hear({ kind: "failed", text: event.message || "the worker's script could not be fetched, or may not run" });
  };
  return {
    post: (asked) => worker.postMessage(asked),
    end: () => {
      worker.onmessage = worker.onerror = null;
      worker.terminate();
    },
  };
};

function tell(progress: Progress): void {
  for (const hear of hearers) hear(progress);
}

function onBoot(said: Said): void {
  if (said.kind === "fetched") {
    arrived += said.bytes;
    const share = total ? Math.min(1, arrived / total) : 0;
    tell({ share: share * 0.8, text: `Fetching Python: ${megabytes(arrived)} of ${total ? megabytes(total) : "…"} MB` });
  } else if (said.kind === "step") {
    const share = { python: 0.85, unpacked: 0.9, imported: 0.97 }[said.step];
    tell({ share, text: "Starting Python" });
  }
}

/** The site's grader. */
export const grader = new Grader(start, onBoot);

/** Have Python ready. `hear` is told how far it is; rejects, with a reason for people, where it cannot be started. */
export async function startPython(hear: Hear): Promise<void> {
  hearers.add(hear);
  try {
    if (!total) total = await sizeOfRuntime();
    await grader.ready();
  } finally {
    hearers.delete(hear);
  }
}

async function sizeOfRuntime(): Promise<number> {
  const response = await fetch(`${RUNTIME_ADDRESS}runtime.json`);
  if (!response.ok) {
    throw new Error(
      `the server answered ${response.status} for Python's files; perhaps the course was updated: reload the page`,
    );
  }
  const { files } = (await response.json()) as { files: Record<string, { bytes: number }> };
  return Object.values(files).reduce((sum, file) => sum + file.bytes, 0);
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
