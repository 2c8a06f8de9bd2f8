package main

import "github.com/mmcloughlin/avo/attr"

// emitPool writes what a waiting thread does.
func emitPool(a *assembler) {
	a.Function("pause")
	a.Attributes(attr.NOSPLIT)
	a.SignatureExpr("func()")
	a.Doc("pause tells the processor that this thread waits for another one, and takes some tens of nanoseconds.")
	a.PAUSE()
	a.RET()
}
