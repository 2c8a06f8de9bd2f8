// Runs a Go program for js/wasm under node with the wasm kernels linked to its memory:
//
//	node run.js WASM_EXEC_FOLDER KERNELS_FOLDER simd128|relaxed|none PROGRAM [ARGUMENT ...]
//
// as wasm_exec_node.js of Go's distribution does without them.
"use strict";

const { link } = require("./link.js");

const [wasmExec, kernels, variant, program, ...rest] = process.argv.slice(2);

globalThis.require = require;
globalThis.path = require("path");
globalThis.TextEncoder = require("util").TextEncoder;
globalThis.TextDecoder = require("util").TextDecoder;

async function main() {
  const { go, instance } = await link(wasmExec, kernels, variant, program);
  go.argv = [program, ...rest];
  go.env = Object.assign({ TMPDIR: require("os").tmpdir() }, process.env);
  go.exit = process.exit;
  process.on("exit", (code) => {
    if (code === 0 && !go.exited) {
      // Every goroutine waits, and nothing will wake one: let the runtime say so.
      go._pendingEvent = { id: 0 };
      go._resume();
    }
  });
  await go.run(instance);
}

main().catch((err) => {
  console.error(err);
  process.exit(1);
});
