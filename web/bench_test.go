package web_test

import (
	"testing"

	"github.com/lorica-go/lorica/native"
)

// BenchmarkVisit reports how long it takes from the call of the page, with the built-in model, until texts can be classified: on
// a first visit, on a second one, and on one without the server. The page measures itself.
//
//	go test -run - -bench Visit -benchtime 5x ./web
func BenchmarkVisit(b *testing.B) {
	content, forget, err := native.BundleBytes("default")
	if err != nil {
		b.Skipf("this platform lacks the built-in model: %v", err)
	}
	defer forget()
	const ready = `performance.getEntriesByName("lorica-ready")[0]?.startTime`
	sums := make(map[string]float64)
	for b.Loop() {
		url, stop := served(b, content)
		visit := visitor(b)
		for _, which := range []string{"first", "second", "offline"} {
			visit.open(url)
			visit.wait(ready)
			var ms float64
			visit.eval(ready, &ms)
			sums[which] += ms
			visit.wait(`navigator.serviceWorker.controller`)
			if which == "second" {
				stop()
			}
		}
		visit.page.Close()
	}
	b.ReportMetric(0, "ns/op")
	for which, sum := range sums {
		b.ReportMetric(sum/float64(b.N), which+"-ms")
	}
}
