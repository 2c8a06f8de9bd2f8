import assert from "node:assert/strict";
import { Buffer, File } from "node:buffer";
import { test } from "node:test";
import { gzipSync } from "node:zlib";

import { csvField } from "../page/results/files.js";
import { TableParser } from "../page/rows/csv.js";
import { findField, Labels, longestField } from "../page/rows/fields.js";
import { DocumentParser } from "../page/rows/json.js";
import { limits } from "../page/rows/limits.js";
import { formatOf, inspect, readRows } from "../page/rows/reader.js";

/** A generator of numbers below n that gives the same ones each time. */
function generator(seed) {
  let state = seed;
  return (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

/** Hands a text to a parser in pieces. */
function parse(parser, pieces) {
  const found = pieces.flatMap((piece) => parser.push(piece));
  return found.concat(parser.end() ?? []);
}

/** Cuts a text at random places. */
function cut(text, random) {
  const pieces = [];
  for (let at = 0; at < text.length; ) {
    const length = 1 + random(Math.max(1, Math.min(text.length, 9)));
    pieces.push(text.slice(at, at + length));
    at += length;
  }
  return pieces;
}

const cells = (text, separator = ",") => parse(new TableParser(separator), [text]).map((row) => row.cells);

test("a table's fields may hold separators, line ends and quotes", () => {
  assert.deepEqual(cells('a,b\n1,"x, ""y""\nz"\n'), [["a", "b"], ["1", 'x, "y"\nz']]);
  assert.deepEqual(cells("a,b\r\n1,2\r\n"), [["a", "b"], ["1", "2"]]);
  assert.deepEqual(cells('a\tb,c\n"\t"\t', "\t"), [["a", "b,c"], ["\t", ""]]);
  assert.deepEqual(cells('5" disk,x\n\n\n,\n""\n'), [['5" disk', "x"], ["", ""], [""]]);
  assert.deepEqual(cells("a\rb,c"), [["a\rb", "c"]]);
});

test("a table's rows know their lines", () => {
  const rows = parse(new TableParser(","), ['a\n"1\n2"\n\nb']);
  assert.deepEqual(rows.map((row) => row.line), [1, 2, 5]);
});

test("a broken table is an error at its line", () => {
  const failing = (text, bounds) => () => parse(new TableParser(",", bounds), [text]);
  assert.throws(failing('a\n"b'), { kind: "input", line: 2, message: "a quoted field does not end" });
  assert.throws(failing('a\n"b"c\n'), { line: 2, message: '"c" behind the end of a quoted field' });
  assert.throws(failing('"b" "c"'), { line: 1 });
  assert.throws(failing("a\n1,2,3", { row: 100, fields: 2 }), { line: 2, message: "more than 2 fields" });
  assert.throws(failing(`a\n"${"x".repeat(101)}`, { row: 100, fields: 2 }), { line: 2, message: "a row of more than 100 characters (is a quote not closed?)" });
});

test("random tables come back as they were written, wherever they are cut", () => {
  const random = generator(1);
  const alphabet = ['"', ",", "\n", "\r\n", "a", "b c", "é", "🎮", "\t", ""];
  for (let round = 0; round < 300; round++) {
    const width = 1 + random(4);
    const table = Array.from({ length: 1 + random(5) }, () =>
      Array.from({ length: width }, () => Array.from({ length: random(6) }, () => alphabet[random(alphabet.length)]).join("")),
    );
    const kept = table.filter((row) => row.length > 1 || row[0] !== "");
    const text = kept.map((row) => `${row.map(csvField).join(",")}\r\n`).join("");
    assert.deepEqual(parse(new TableParser(","), cut(text, random)).map((row) => row.cells), kept);
  }
});

test("whatever a table is, it is rows or an input error, and where it is cut makes no difference", () => {
  const random = generator(2);
  const alphabet = ['"', '"', ",", "\n", "\r", "a"];
  const outcome = (pieces) => {
    try {
      return parse(new TableParser(","), pieces);
    } catch (error) {
      assert.equal(error.kind, "input");
      return error.line;
    }
  };
  for (let round = 0; round < 3000; round++) {
    const text = Array.from({ length: random(12) }, () => alphabet[random(alphabet.length)]).join("");
    assert.deepEqual(outcome(cut(text, random)), outcome([text]), JSON.stringify(text));
  }
});

const elements = (pieces, bounds) => parse(new DocumentParser(bounds), pieces).map((element) => element.text);

test("the rows of a JSON document are the elements of its first array", () => {
  assert.deepEqual(elements(['[{"a": "]}\\""}, 7 ,\n[1]\n]']), ['{"a": "]}\\""}', "7", "[1]"]);
  assert.deepEqual(elements(['{"success": 1, "query": {"n": 2}, "reviews": [{"a": [1, 2]}, {}], "cursor": "x[", "more": [3]}']), ['{"a": [1, 2]}', "{}"]);
  assert.deepEqual(elements([" [ ] "]), []);
  assert.deepEqual(parse(new DocumentParser(), ["[\n1,\n\n2]"]).map((element) => element.line), [2, 4]);
});

test("a broken document is an error at its line", () => {
  for (const [text, line, message] of [
    ["", 1, "the file is empty"],
    ["7", 1, 'want a JSON array or object, got "7"'],
    ["[1\n", 2, "the file ends in the middle of its JSON"],
    ['["a', 1, "the file ends in the middle of its JSON"],
    ["[1,]", 1, "a comma too many"],
    ["[1,\n,2]", 2, "a comma too many"],
    ["[1]\n[2]", 2, "more text behind the end of the JSON"],
    ['{"a": 1}', 1, "no array of rows in it"],
    ["[".repeat(65), 1, "more than 64 levels of brackets"],
  ]) {
    assert.throws(() => elements([text]), { kind: "input", line, message }, text);
  }
  assert.throws(() => elements([`[\n"${"x".repeat(200)}`], { row: 100, depth: 9 }), { line: 2, message: "a row of more than 100 characters" });
});

test("random documents are cut into the elements that JSON.parse finds", () => {
  const random = generator(3);
  const value = (depth) => {
    const kind = random(depth > 3 ? 4 : 6);
    if (kind === 0) return random(1000) / 8;
    if (kind === 1) return ["x", '"', "\\", "]", "}", ",", "\n", "🎮"].slice(0, random(9)).join("");
    if (kind === 2) return null;
    if (kind === 3) return random(2) === 0;
    const list = Array.from({ length: random(4) }, () => value(depth + 1));
    return kind === 4 ? list : Object.fromEntries(list.map((v, i) => [`k${i}`, v]));
  };
  for (let round = 0; round < 300; round++) {
    const rows = Array.from({ length: random(6) }, () => value(1));
    const document = random(2) === 0 ? rows : { n: 1, s: "[", rows };
    const text = JSON.stringify(document, null, random(3));
    assert.deepEqual(elements(cut(text, random)).map((element) => JSON.parse(element)), rows);
  }
});

const file = (name, content) => new File([content], name);

async function all(name, content, options) {
  const rows = [];
  for await (const row of readRows(file(name, content), options)) rows.push(row);
  return rows;
}

test("files of every format give rows", async () => {
  const want = [{ text: "good", n: "1" }, { text: "b,ad", n: "2" }];
  const fields = async (name, content) => (await all(name, content)).map((row) => row.fields);
  assert.deepEqual(await fields("a.csv", '\ufefftext,n\ngood,1\n"b,ad",2'), want);
  assert.deepEqual(await fields("a.TSV", "text\tn\ngood\t1\nb,ad\t2\n"), want);
  const lines = want.map((row) => JSON.stringify(row)).join("\r\n\n");
  assert.deepEqual(await fields("a.jsonl", lines), want);
  assert.deepEqual(await fields("a.ndjson.gz", gzipSync(Buffer.from(lines))), want);
  assert.deepEqual(await fields("a.json", JSON.stringify({ reviews: want })), want);
  assert.deepEqual(await fields("a.txt", "good\r\n\nbad"), [{ text: "good" }, { text: "" }, { text: "bad" }]);
  assert.throws(() => formatOf("a.pdf"), { kind: "input" });
});

test("bad rows are errors that name file and line, or are passed over", async () => {
  const content = '{"a": 1}\n[]\nx\n{"a": 2}';
  await assert.rejects(all("f.jsonl", content), { kind: "input", message: "f.jsonl:2: want an object, got an array" });
  const bad = [];
  const rows = await all("f.jsonl", content, { onBad: (error) => bad.push(error.message) });
  assert.deepEqual(rows.map((row) => row.line), [1, 4]);
  assert.equal(bad.length, 2);
  assert.match(bad[1], /^f\.jsonl:3: not JSON: /);
  await assert.rejects(all("f.csv", "a,a\n1,2"), { message: 'f.csv:1: two fields are called "a"' });
});

test("files have limits", async () => {
  await assert.rejects(all("f.txt", "a\nb\nc", { bounds: { ...limits, rows: 2 } }), { message: "f.txt:3: more than 2 rows" });
  await assert.rejects(all("f.txt", "a".repeat(11), { bounds: { ...limits, row: 10 } }), { message: "f.txt:1: a line of more than 10 characters" });
  await assert.rejects(all("f.txt", "a".repeat(3 << 20), { bounds: { ...limits, bytes: 2 << 20 } }), { message: "f.txt: larger than 2 MB" });
  const bomb = gzipSync(Buffer.alloc(3 << 20, `${"a".repeat(999)}\n`));
  await assert.rejects(all("f.txt.gz", bomb, { bounds: { ...limits, bytes: 2 << 20, rows: 1e9 } }), { message: "f.txt.gz: more than 2 MB when decompressed" });
});

test("the fields of text and label are found", async () => {
  const found = await inspect(file("a.csv", "id,Review,voted_up\n1,a long review,true\n"));
  assert.deepEqual([found.names, found.text, found.label], [["id", "Review", "voted_up"], "Review", "voted_up"]);
  assert.equal(findField(["TEXT", "Text", "review"], ["text", "review"]), "review");
  assert.equal(longestField(["a", "b"], [{ a: "x", b: "longer" }]), "b");
});

test("labels are read by the rule of lorica's commands", () => {
  const two = new Labels(["negative", "positive"]);
  for (const [value, place] of [["negative", 0], ["Positive", 1], [1, 1], ["1.0", 1], [true, 1], ["FALSE", 0], [2, -1], ["maybe", -1], [null, -1], [{}, -1]]) {
    assert.equal(two.place(value), place, String(value));
  }
  const stars = new Labels(["1", "2", "3"]);
  for (const [value, place] of [[1, 0], ["3", 2], ["3.0", 2], [0, -1], [true, -1]]) assert.equal(stars.place(value), place, String(value));
});
