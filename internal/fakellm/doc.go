// Package fakellm is a server of OpenAI's chat completions for tests: it labels numbered texts by a function, keeps a log of what
// it was asked, and misbehaves as real servers and models do.
//
// New starts one on a port of the loopback device. Without more it answers every request properly. Server.Behave decides,
// request by request, what is done instead; the functions of this package that return a Behaviour are the pitfalls.
package fakellm
