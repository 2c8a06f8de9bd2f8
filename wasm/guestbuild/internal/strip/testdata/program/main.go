// Program does what a runtime needs its tables for, and prints what came of it: growing stacks, collecting garbage
// with pointers on them, deferred calls, recovered panics of all kinds, methods called by reflection.
package main

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"runtime"
	"sort"
	"strings"
	"sync"
)

type shape interface{ Area() float64 }

type square struct{ side float64 }

func (s square) Area() float64 { return s.side * s.side }

type node struct {
	left, right *node
	value       int
}

func build(depth, value int) *node {
	if depth == 0 {
		return &node{value: value}
	}
	n := &node{value: value, left: build(depth-1, 2*value)}
	if depth%3 == 0 {
		runtime.GC()
	}
	n.right = build(depth-1, 2*value+1)
	return n
}

func (n *node) sum() int {
	if n == nil {
		return 0
	}
	return n.value + n.left.sum() + n.right.sum()
}

func recovered(what string, f func()) (text string) {
	defer func() {
		r := recover()
		var e runtime.Error
		err, _ := r.(error)
		text = fmt.Sprintf("%s: %v, runtime error %t", what, r, errors.As(err, &e))
	}()
	f()
	return what + ": nothing"
}

func deep(n int, p *[64]int) int {
	var local [64]int
	local[n%64] = n + p[(n+1)%64]
	if n == 0 {
		return local[0]
	}
	defer func() { local[0]++ }()
	return deep(n-1, &local) + local[n%64]
}

func main() {
	fmt.Println(build(9, 1).sum(), deep(5000, new([64]int)))

	var none *square
	index, zero := len(os.Args)+10, 0
	fmt.Println(recovered("index", func() { _ = []int{1, 2, 3}[index] }))
	fmt.Println(recovered("slice", func() { _ = make([]int, 3)[index:] }))
	fmt.Println(recovered("division", func() { index /= zero }))
	fmt.Println(recovered("value method of nil", func() { shape(none).Area() }))
	fmt.Println(recovered("type", func() { _ = any(1).(string) }))
	fmt.Println(recovered("own", func() { panic(errors.New("mine")) }))
	fmt.Println(recovered("panic in a deferred call", func() {
		defer func() { panic("second") }()
		panic("first")
	}))

	method := reflect.ValueOf(square{3}).MethodByName("Area")
	fmt.Println(method.Call(nil)[0].Float(), reflect.MakeFunc(reflect.TypeOf(strings.ToUpper), func(in []reflect.Value) []reflect.Value {
		runtime.GC()
		return []reflect.Value{reflect.ValueOf(in[0].String() + "!")}
	}).Interface().(func(string) string)("made"))

	results := make(chan string)
	var wait sync.WaitGroup
	for i := range 20 {
		wait.Add(1)
		go func() {
			defer wait.Done()
			results <- fmt.Sprint(i, " ", build(4, i).sum())
		}()
	}
	go func() { wait.Wait(); close(results) }()
	var all []string
	for r := range results {
		all = append(all, r)
	}
	sort.Strings(all)
	fmt.Println(strings.Join(all, ", "))
	runtime.SetFinalizer(&node{}, func(*node) {})
	runtime.GC()
	if len(os.Args) > 1 {
		panic("asked to")
	}
}
