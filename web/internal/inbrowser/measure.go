package main

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/lorica-go/lorica/web/internal/chromium"
)

// timeTexts finds a text of as many tokens as wanted, and how long calls for it take: the worker's own time.
const timeTexts = `(async () => {
	const [word, tokens, seconds] = [%s, %d, %g];
	let words = Math.max(1, tokens - 2);
	const text = () => Array(words).fill(word).join(" ");
	for (let tries = 0; ; tries++) {
		const { results: [{ tokens: have }] } = await engine.classify([text()]);
		if (have === tokens) break;
		if (tries > 20) throw new Error("no text of " + tokens + " tokens: with " + words + " words it has " + have);
		words = Math.max(1, words + tokens - have);
	}
	const first = (await engine.classify([text()])).ms;
	for (let i = 0; i < 5; i++) await engine.classify([text()]);
	const times = [];
	for (const begun = performance.now(); times.length < 10 || (performance.now() - begun < 1000 * seconds && times.length < 500); ) {
		times.push((await engine.classify([text()])).ms);
	}
	times.sort((a, b) => a - b);
	return { n: times.length, first_ms: first, median_ms: times[times.length >> 1], min_ms: times[0] };
})()`

// timing is what was measured for one number of tokens.
type timing struct {
	Runs   int     `json:"n"`
	First  float64 `json:"first_ms"`
	Median float64 `json:"median_ms"`
	Min    float64 `json:"min_ms"`
}

// measure measures texts of several lengths.
func measure(page *chromium.Page, s settings, out io.Writer) error {
	var about struct {
		Agent      string `json:"agent"`
		Kernels    string `json:"kernels"`
		Parameters int    `json:"parameters"`
		Memory     int    `json:"memory_bytes"`
	}
	if err := page.Eval(`({ agent: navigator.userAgent, kernels: engine.kernels, parameters: engine.facts.parameters, memory_bytes: engine.memory })`, &about); err != nil {
		return err
	}
	rows := make(map[string]timing)
	for _, tokens := range s.tokens {
		word, err := json.Marshal(s.word)
		if err != nil {
			return err
		}
		var row timing
		if err := page.Eval(fmt.Sprintf(timeTexts, word, tokens, s.seconds), &row); err != nil {
			return err
		}
		rows[fmt.Sprintf("b1x%d", tokens)] = row
	}
	return json.NewEncoder(out).Encode(map[string]any{"model": s.model, "browser": about, "threads": 1, "rows": rows})
}
