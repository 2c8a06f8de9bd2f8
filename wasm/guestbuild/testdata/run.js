// Runs the guest for js under node as a page's worker does, and prints what its calls return, as JSON:
//
//	node run.js WASM_EXEC_FOLDER KERNELS_FOLDER relaxed|simd128|none GUEST BUNDLE
"use strict";

const fs = require("fs");
const { link } = require("../../kernelhost/testdata/link.js");

const [wasmExec, kernels, variant, program, bundleFile] = process.argv.slice(2);

globalThis.loricaWrap = (f) => (...args) => {
  const r = f(...args);
  if (r instanceof Error) throw r;
  return r;
};

// failure returns the kind and the message of what f throws.
function failure(f) {
  try {
    f();
  } catch (e) {
    return { kind: e.kind, message: e.message };
  }
  return null;
}

async function main() {
  const { go, instance } = await link(wasmExec, kernels, variant, program);
  const ready = new Promise((resolve) => (globalThis.loricaReady = resolve));
  go.run(instance);
  await ready;

  const bundle = new Uint8Array(fs.readFileSync(bundleFile));
  const out = { abi: lorica.abi, kernels: lorica.kernels };
  out.early = failure(() => lorica.classify(["a"]));
  lorica.reserve(bundle.length);
  out.incomplete = failure(() => lorica.open());
  lorica.append(bundle.subarray(0, 1000));
  lorica.append(bundle.subarray(1000));
  out.overfull = failure(() => lorica.append(bundle.subarray(0, 1)));
  out.facts = lorica.open({ check: true });
  out.predictions = lorica.classify(["a very good game", "", "boring \u{1F600} \ud800 bugs"]);
  out.orders = Array.from({ length: 20 }, () => Object.keys(lorica.classify(["a"])[0].scores));
  out.explanation = lorica.explain("\u{1F600} not good", { label: "negative" });
  out.misuse = [
    failure(() => lorica.classify("no array")),
    failure(() => lorica.classify([1])),
    failure(() => lorica.explain("a", { label: "fair" })),
    failure(() => lorica.reserve(-1)),
    failure(() => lorica.append("text")),
  ];
  const classify = (times) => {
    for (let i = 0; i < times; i++) lorica.classify(["a very good game " + i]);
  };
  if (variant !== "none") {
    classify(5000); // until the collector has found its pace
    const size = instance.exports.mem.buffer.byteLength;
    classify(2000);
    out.grown = instance.exports.mem.buffer.byteLength - size;
  }
  lorica.reserve(100);
  lorica.append(new Uint8Array(100));
  out.broken = failure(() => lorica.open());
  lorica.close();
  console.log(JSON.stringify(out));
  process.exit(0);
}

main().catch((err) => {
  console.error(err);
  process.exit(1);
});
