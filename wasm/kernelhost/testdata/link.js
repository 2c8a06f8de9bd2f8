// Links a Go program for js/wasm with the wasm kernels, under node. With node too old for relaxed SIMD it exits with code 3.
"use strict";

const fs = require("fs");
const path = require("path");

globalThis.fs = fs;
globalThis.performance ??= require("perf_hooks").performance;
globalThis.crypto ??= require("crypto").webcrypto;

// link returns Go's loader and an instance of the program, not yet started: wasmExec is the folder of Go's wasm_exec.js, kernels that
// of the kernels' modules, and variant relaxed, simd128 or none.
exports.link = async (wasmExec, kernels, variant, program) => {
  require(path.join(wasmExec, "wasm_exec.js"));
  const read = (name) => fs.readFileSync(path.join(kernels, name + ".wasm"));
  if (variant === "relaxed" && !WebAssembly.validate(read(variant))) {
    require("v8").setFlagsFromString("--experimental-wasm-relaxed-simd"); // which node 20 has behind a flag
  }
  if (variant !== "none" && !WebAssembly.validate(read(variant))) {
    console.error("node " + process.version + " lacks " + variant);
    process.exit(3);
  }
  const go = new Go();
  // The Go program imports the trampoline, the kernels its memory: so they exist one after the other.
  const trampoline = (await WebAssembly.instantiate(read("trampoline"))).instance.exports;
  go.importObject.kernels = trampoline;
  const { instance } = await WebAssembly.instantiate(fs.readFileSync(program), go.importObject);
  if (variant !== "none") {
    await WebAssembly.instantiate(read(variant), { guest: { memory: instance.exports.mem }, kernels: trampoline });
  }
  return { go, instance };
};
