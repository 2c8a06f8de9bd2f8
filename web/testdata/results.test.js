import assert from "node:assert/strict";
import { test } from "node:test";

import { toCSV, toJSONLines } from "../page/results/files.js";
import { Results } from "../page/results/results.js";

/** Results of three rows of a file with labels. */
function three() {
  const results = new Results(["negative", "positive"], true);
  const add = (text, truth, place, score) => {
    const scores = { negative: place === 0 ? score : 1 - score, positive: place === 1 ? score : 1 - score };
    const prediction = { label: results.labels[place], score, scores, logits: [0.1, Math.fround(0.7)], tokens: text.length, truncated: false };
    results.rows.push({ number: results.rows.length + 1, line: results.rows.length + 2, text, truth, given: truth === 1, place, prediction });
  };
  add("fine", 1, 1, 0.9);
  add("Dull, very", 0, 1, 0.625);
  add("what", -1, 0, 0.75);
  return results;
}

test("results are counted", () => {
  const results = three();
  assert.deepEqual(results.counts(), [1, 2]);
  assert.deepEqual(results.confusion(), { table: [[0, 1], [0, 1]], right: 1, known: 2, unknown: 1 });
  assert.deepEqual(results.histogram(4), [[0, 0, 0, 1], [0, 0, 1, 1]]);
});

test("rows are searched, filtered and sorted", () => {
  const numbers = (wish) => three().select(wish).map((row) => row.number);
  assert.deepEqual(numbers({}), [1, 2, 3]);
  assert.deepEqual(numbers({ search: " DULL" }), [2]);
  assert.deepEqual(numbers({ place: 1 }), [1, 2]);
  assert.deepEqual(numbers({ wrong: true }), [2]);
  assert.deepEqual(numbers({ sort: "score" }), [2, 3, 1]);
  assert.deepEqual(numbers({ sort: "score", descending: true }), [1, 3, 2]);
  assert.deepEqual(numbers({ sort: "text" }), [2, 1, 3]);
});

test("downloads hold what was found", async () => {
  const csv = await toCSV(three()).text();
  assert.equal(csv.split("\r\n")[0], "line,text,true_label,label,score,score_negative,score_positive,tokens,truncated");
  assert.equal(csv.split("\r\n")[2], '3,"Dull, very",false,positive,0.625,0.375,0.625,10,false');
  const lines = (await toJSONLines(three()).text()).trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(lines[0], {
    line: 2, text: "fine", true_label: true, label: "positive", score: 0.9, scores: { negative: 1 - 0.9, positive: 0.9 }, logits: [0.1, 0.7], tokens: 4, truncated: false,
  });
});
