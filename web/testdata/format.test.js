import assert from "node:assert/strict";
import { test } from "node:test";

import { amount, bytes, count, duration, float32, percent, plural, points } from "../page/format.js";

test("figures are written for people", () => {
  assert.equal(count(1234567), "1,234,567");
  assert.equal(percent(0.97349), "97.3 %");
  assert.deepEqual([0.214, -0.05, 0.0001, -0.0001].map(points), ["+21.4", "−5.0", "±0.0", "±0.0"]);
  assert.deepEqual([999, 11534336, 999_600, 441068, 2.5e9].map(bytes), ["999 bytes", "11.5 MB", "1.0 MB", "441 kB", "2.5 GB"]);
  assert.deepEqual([202882, 22.7e6, 184e6, 1.3e9].map(amount), ["202,882", "22.7 million", "184 million", "1.3 billion"]);
  assert.deepEqual([0.3, 1, 59.4, 75, 3700].map(duration), ["less than a second", "1 s", "59 s", "1 min 15 s", "1 h 1 min"]);
  assert.deepEqual([plural(1, "row"), plural(1000, "row")], ["1 row", "1,000 rows"]);
});

test("a float32 is written with as few digits as tell it from its neighbours", () => {
  assert.equal(float32(Math.fround(0.1)), 0.1);
  for (let i = 1; i < 5000; i++) {
    const value = Math.fround(Math.sin(i) * 10 ** ((i % 13) - 6));
    assert.equal(Math.fround(float32(value)), value);
  }
});
