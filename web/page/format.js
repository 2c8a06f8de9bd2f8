const whole = new Intl.NumberFormat("en");

/** 1234567 -> "1,234,567" */
export const count = (n) => whole.format(n);

/** 0.9731 -> "97.3 %" */
export const percent = (share) => `${(100 * share).toFixed(1)} %`;

/** 0.214 -> "+21.4", in points of a hundred, with a true minus sign. */
export function points(share) {
  const value = (100 * Math.abs(share)).toFixed(1);
  return (value === "0.0" ? "±" : share < 0 ? "−" : "+") + value;
}

/** 11534336 -> "11.5 MB" */
export function bytes(n) {
  const units = ["bytes", "kB", "MB", "GB"];
  let unit = 0;
  while (n >= 999.5 && unit < units.length - 1) {
    n /= 1000;
    unit++;
  }
  return `${unit === 0 || n >= 99.5 ? Math.round(n) : n.toFixed(1)} ${units[unit]}`;
}

/** 22700000 -> "22.7 million" */
export function amount(n) {
  for (const [size, name] of [[1e9, "billion"], [1e6, "million"]]) {
    if (n >= size) return `${(n / size).toFixed(n >= 100 * size ? 0 : 1)} ${name}`;
  }
  return count(n);
}

/** 75 -> "1 min 15 s" */
export function duration(seconds) {
  if (seconds < 0.95) return "less than a second";
  const s = Math.round(seconds);
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
}

/** "row" and 1 -> "1 row", "row" and 2 -> "2 rows" */
export const plural = (n, noun) => `${count(n)} ${noun}${n === 1 ? "" : "s"}`;

/** The shortest decimals that give the same float32. */
export function float32(value) {
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === Math.fround(value)) return short;
  }
  return Number(value.toPrecision(9));
}
