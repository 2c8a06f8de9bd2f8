// Package tables writes JSON objects as JSON lines of chosen fields, as CSV and as Parquet.
//
// Members of objects inside are columns of their own, named by their path (author.playtime_forever); arrays are one value, as
// JSON. Columns are found by reading all rows once, so that a member that few rows have is not lost.
package tables
