package data

// CheckJSON accepts exactly one JSON value without space around it, in valid UTF-8, whose arrays and objects stand in each other at
// most maxDepth deep: what a Reader takes for a row, if it is an object.
func CheckJSON(raw []byte, maxDepth int) error { return checkJSON(raw, maxDepth) }
