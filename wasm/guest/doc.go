//go:build js || wasip1

// Guest classifies inside a browser, or inside another program's sandbox. It is one program with two builds, both thin over
// package session, which has the model:
//
//	GOOS=js GOARCH=wasm go build                              for a page's worker (main_js.go)
//	GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared      a reactor for the host in package wasm (main_wasip1.go)
//
// Package guestbuild beside this one has both, compressed. How a host of wasip1 talks with it is in package abi.
//
// # In a page
//
// Three modules come into being one after the other: the trampoline of package kernelhost, without imports; this program, whose
// imports are those of Go's wasm_exec.js and, as "kernels", the exports of the trampoline; then the kernels, which import
// {guest: {memory: the program's export "mem"}, kernels: the trampoline's exports}. Of the kernels it is the best that the
// browser takes: WebAssembly.validate says whether relaxed.wasm, or else simd128.wasm; without either the program runs its own
// loops. Only then go.run(instance): it sets globalThis.lorica, calls globalThis.loricaReady if there is such a function, and
// stays.
//
// Go cannot throw. Define this before go.run, and the functions of lorica throw what goes wrong; without it they return it:
//
//	globalThis.loricaWrap = (f) => (...args) => { const r = f(...args); if (r instanceof Error) throw r; return r; };
//
// Errors have a property kind: "input" (a bundle or a text that cannot be right), "limit" or "internal".
//
//	lorica.abi                   the version of package abi
//	lorica.kernels               "relaxed", "simd128" or "generic"
//	lorica.reserve(n)            begins a bundle of n bytes and drops the present model
//	lorica.append(u8)            its next piece, a Uint8Array, which is copied
//	lorica.open({maxTokens?, check?})
//	                             opens it: {labels, parameters, maxTokens, limit, modelType, dtype, bytes, vocabulary, name?,
//	                             provenance, probes?}; probes is the largest difference of a logit when check asked for it
//	lorica.classify(texts)       [{label, score, scores: {name: p}, logits, tokens, truncated}], all texts as one ragged batch
//	lorica.explain(text, {label?, maxSpans?})
//	                             {label, score, prediction, words: [{text, start, end, effect}]}, places in UTF-16 units
//	lorica.close()               drops the model
//
// All of them are synchronous: they belong in a worker. The bundle lies outside the program's memory, which keeps only the
// weights as the kernels want them, and is let go when it has been opened.
package main
