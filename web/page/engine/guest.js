import "../wasm_exec.js"; // Go's own loader: globalThis.Go

/** The version of the interface to the program that this page was written for. */
const abi = 1;

const base = new URL("../wasm/", import.meta.url);

/** The kernels that a browser may be able to run, the fastest first. Without any the program computes in plain Go. */
const variants = ["relaxed", "simd128"];

/** Loads and compiles a module, while it arrives if the server says what it is. */
async function compile(name) {
  const response = await fetch(new URL(`${name}.wasm`, base));
  if (!response.ok) throw new Error(`${name}.wasm: the server says ${response.status}`);
  if (response.headers.get("Content-Type") === "application/wasm") return WebAssembly.compileStreaming(response);
  return WebAssembly.compile(await response.arrayBuffer());
}

/** Compiles the first variant, from the wanted one on, that this browser can run; null for none. */
async function compileKernels(wanted) {
  if (wanted === "generic") return null;
  for (const name of variants.slice(Math.max(0, variants.indexOf(wanted)))) {
    try {
      return await compile(name);
    } catch (error) {
      if (!(error instanceof WebAssembly.CompileError)) throw error;
    }
  }
  return null;
}

/**
 * Compiles what startGuest runs. The result can be posted to other workers.
 * @param {string} [wanted] the fastest kernels to use: "relaxed", "simd128" or "generic"
 * @returns {Promise<{guest: WebAssembly.Module, trampoline: WebAssembly.Module, kernels: WebAssembly.Module | null}>}
 */
export async function compileGuest(wanted) {
  const [guest, trampoline, kernels] = await Promise.all([compile("guest"), compile("trampoline"), compileKernels(wanted)]);
  return { guest, trampoline, kernels };
}

/**
 * Starts the Go program with its kernels. The order is that of their imports: the trampoline, which the program calls its
 * kernels through; the program, which has the memory; the kernels, which work on it. Only then may the program run.
 * @returns {Promise<{lorica: any, memory: WebAssembly.Memory}>}
 */
export async function startGuest({ guest, trampoline, kernels }) {
  const go = new globalThis.Go();
  const { exports: stubs } = await WebAssembly.instantiate(trampoline);
  const instance = await WebAssembly.instantiate(guest, { ...go.importObject, kernels: stubs });
  const memory = instance.exports.mem;
  if (kernels) await WebAssembly.instantiate(kernels, { guest: { memory }, kernels: stubs });
  // The program hands back the errors that it means; JavaScript throws them. One that runs out of memory is just gone.
  globalThis.loricaWrap = (call) => (...args) => {
    const result = call(...args);
    if (go.exited) throw new Error("the program broke down; the model may be too large for this browser");
    if (result instanceof Error) {
      result.message = result.message.replace(/^(reserve|append|open|classify|explain|close): /, ""); // the reader asked for none of these
      throw result;
    }
    return result;
  };
  const ready = new Promise((resolve) => {
    globalThis.loricaReady = resolve;
  });
  const ended = go.run(instance).then(() => {
    throw new Error("the program ended before it was ready");
  });
  await Promise.race([ready, ended]);
  ended.catch(() => {}); // a program that ends later fails the call that ended it
  const { lorica } = globalThis;
  if (lorica.abi !== abi) throw new Error(`the program has interface ${lorica.abi}, the page ${abi}: reload the page`);
  return { lorica, memory };
}
