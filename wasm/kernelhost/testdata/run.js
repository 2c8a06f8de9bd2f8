// Runs a Go program for js/wasm under node with the wasm kernels linked to its memory:
//
//	node run.js WASM_EXEC_FOLDER KERNELS_FOLDER simd128|relaxed|none PROGRAM [ARGUMENT ...]
//
// as wasm_exec_node.js of Go's distribution does without them. With node too old for relaxed SIMD it exits with code 3.
"use strict";

const fs = require("fs");
const path = require("path");

const [wasmExec, kernels, variant, program, ...rest] = process.argv.slice(2);

globalThis.require = require;
globalThis.fs = fs;
globalThis.path = path;
globalThis.TextEncoder = require("util").TextEncoder;
globalThis.TextDecoder = require("util").TextDecoder;
globalThis.performance ??= require("perf_hooks").performance;
globalThis.crypto ??= require("crypto").webcrypto;
require(path.join(wasmExec, "wasm_exec.js"));

async function main() {
  const read = (name) => fs.readFileSync(path.join(kernels, name + ".wasm"));
  if (variant === "relaxed" && !WebAssembly.validate(read(variant))) {
    require("v8").setFlagsFromString("--experimental-wasm-relaxed-simd"); // which node 20 has behind a flag
  }
  if (variant !== "none" && !WebAssembly.validate(read(variant))) {
    console.error("node " + process.version + " lacks " + variant);
    process.exit(3);
  }
  const go = new Go();
  go.argv = [program, ...rest];
  go.env = Object.assign({ TMPDIR: require("os").tmpdir() }, process.env);
  go.exit = process.exit;
  // The Go program imports the trampoline, the kernels its memory: so they exist one after the other.
  const trampoline = (await WebAssembly.instantiate(read("trampoline"))).instance.exports;
  go.importObject.kernels = trampoline;
  const { instance } = await WebAssembly.instantiate(fs.readFileSync(program), go.importObject);
  if (variant !== "none") {
    await WebAssembly.instantiate(read(variant), { guest: { memory: instance.exports.mem }, kernels: trampoline });
  }
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
