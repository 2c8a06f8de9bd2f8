// Package retry repeats what may succeed at the next attempt, such as a request that a server has refused for now.
//
// Delays grow exponentially and are spread at random; a wait that the server asks for (WaitAsked) takes their place.
package retry
