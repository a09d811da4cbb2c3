// SPDX-License-Identifier: Apache-2.0
// Server-Sent Events read by fetch, because EventSource can't send a token. Live and replay come
// through this same reader.
import { headers, Refusal, refusal } from "./api";

export interface EventSink {
  event(name: string, data: unknown): void;
  state(state: "open" | "lost" | "ended" | "refused", why?: string): void;
}

/* The place in a stream that a reader has come to, over its connections. */
interface Place {
  last: string;
}

/** One connection: what stands between blank lines goes to the sink. @return whether the stream
 * has said its end */
async function read(url: string, place: Place, sink: EventSink, signal: AbortSignal): Promise<boolean> {
  const response = await fetch(url, {
    headers: { ...headers(), Accept: "text/event-stream", ...(place.last && { "Last-Event-ID": place.last }) },
    signal,
    cache: "no-store",
  });
  if (!response.ok || !response.body) throw await refusal(response);
  sink.state("open");
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  let ended = false;
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return ended;
    text += value;
    const blocks = text.split(/\r?\n\r?\n/);
    text = blocks.pop() ?? "";
    for (const block of blocks) {
      let name = "message";
      const data: string[] = [];
      for (const line of block.split(/\r?\n/)) {
        if (line.startsWith("event:")) name = line.slice(6).trim();
        else if (line.startsWith("data:")) data.push(line.slice(5).trimStart());
        else if (line.startsWith("id:")) place.last = line.slice(3).trim();
      }
      if (name === "end") ended = true;
      if (data.length > 0) sink.event(name, JSON.parse(data.join("\n")));
    }
  }
}

/**
 * Follow a stream until `close()`. A live one is opened again when it breaks, a replay is not:
 * its end is an end. What the service refuses (a filter that is none) it would refuse again.
 */
export function follow(url: string, again: boolean, sink: EventSink): { close(): void } {
  const abort = new AbortController();
  const run = async () => {
    const place: Place = { last: "" };
    let wait_ms = 500;
    while (!abort.signal.aborted) {
      let why = "the connection ended";
      try {
        const ended = await read(url, place, sink, abort.signal);
        wait_ms = 500;
        if (ended && !again) return sink.state("ended");
      } catch (error) {
        why = error instanceof Error ? error.message : String(error);
        if (!abort.signal.aborted && error instanceof Refusal && [400, 413].includes(error.status)) return sink.state("refused", why);
      }
      if (abort.signal.aborted) return;
      sink.state("lost", why);
      if (!again) return;
      await new Promise((resolve) => setTimeout(resolve, wait_ms));
      wait_ms = Math.min(wait_ms * 2, 15000);
    }
  };
  void run();
  return { close: () => abort.abort() };
}
