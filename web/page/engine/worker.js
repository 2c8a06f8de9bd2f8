// Holds one model and answers with it: the Go program for wasm, in a thread of its own.
import { packError } from "../errors.js";
import { compileGuest, startGuest } from "./guest.js";
import { openModel } from "./source.js";

let guest = null; // the running program

/** Gives the program the model's bytes and lets it open them. */
async function fill({ bytes, pieces, kept }, { check, maxTokens }) {
  guest.lorica.reserve(bytes);
  let done = 0;
  for await (const piece of pieces) {
    guest.lorica.append(piece);
    done += piece.byteLength;
    postMessage({ progress: { done, bytes, kept } });
  }
  postMessage({ progress: { done, bytes, kept, opening: true } });
  return guest.lorica.open({ check, ...(maxTokens && { maxTokens }) });
}

const calls = {
  /** Starts the program and opens the model; answers with its facts and the compiled program for further workers. */
  async start({ source, compiled, kernels, check, maxTokens }) {
    // The model is on its way while the program is compiled.
    const [opened, program] = await Promise.all([openModel(source, false), compiled ?? compileGuest(kernels)]);
    guest = await startGuest(program);
    let facts;
    try {
      facts = await fill(opened, { check, maxTokens });
    } catch (error) {
      if (!opened.kept) throw error;
      facts = await fill(await openModel(source, true), { check, maxTokens }); // what was kept is broken
    }
    return { facts, compiled: program, kernels: guest.lorica.kernels, memory: guest.memory.buffer.byteLength, kept: opened.kept };
  },

  classify: ({ texts }) => {
    const begun = performance.now();
    const results = guest.lorica.classify(texts);
    return { results, ms: performance.now() - begun, memory: guest.memory.buffer.byteLength };
  },

  explain: ({ text, label }) => guest.lorica.explain(text, label ? { label } : {}),
};

addEventListener("message", async ({ data: { id, call, argument } }) => {
  try {
    postMessage({ id, result: await calls[call](argument) });
  } catch (error) {
    postMessage({ id, error: packError(error) });
  }
});
